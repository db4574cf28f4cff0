/** The boxes of one frame in one draw call. */
import { BoxGeometry, BufferAttribute, BufferGeometry, DataTexture, FloatType, NearestFilter, RGBAFormat, Sphere } from "three"
import type { Kind } from "../decode"
import type { Rect } from "./atlas"
import { ACROSS, TEXELS, VERTICES } from "./shader"
import type { Bounds } from "./slabs"
import type { Vec3 } from "./types"

/**
 * 0 stands aside, 1 as usual, 2 is an input, 3 is being computed, 4 is what a phrase under the pointer names,
 * 5 has rows that are cached: those before `row`; 6 is a frame alone.
 */
export type State = 0 | 1 | 2 | 3 | 4 | 5 | 6
export const GLASS = 6

/** Which colours cells get: by their kind, or grey, since they do not differ. */
export type Painted = Kind | "same"

export interface Instance {
  bounds: Bounds
  rect: Rect | null
  cols: number
  rows: number
  kind: Painted
  state: State
  /** Cells that are computed by now, and the share of the row after them that is filled. */
  shown: number
  filled: number
  /** Row and column that are lit; -1: all. Of a row on its way, the first column that is still there. */
  row: number
  col: number
  /** 0 weight, 1 value, 2 aggregate, 3 a tile, 4 a row on its way. */
  role: number
}

function paletteRow(kind: Painted): number {
  return kind === "signed" ? 0 : kind === "same" ? 2 : 1
}

/**
 * A vertex finds its box by its own number, in a texture that is written for every frame. Drawn as instances of one box,
 * software WebGL takes as long for a box as for a draw call.
 */
export class Batch {
  readonly geometry = new BufferGeometry()
  texture = textureFor(0)
  private room = 0
  private perBox = 0

  constructor() {
    this.geometry.boundingSphere = new Sphere() // nobody needs it
    this.grow(512)
  }

  /** `origin`: what places are told from. */
  fill(some: readonly Instance[], origin: Vec3): void {
    if (some.length > this.room) this.grow(2 * some.length)
    const texels = this.texture.image.data as Float32Array
    let at = 0
    // In the order in which the shader reads them: corner and filled part, size, rect, look, mark.
    const put = (a: number, b: number, c: number, d: number) => {
      texels[at++] = a
      texels[at++] = b
      texels[at++] = c
      texels[at++] = d
    }
    for (const { bounds, rect, cols, rows, kind, state, shown, filled, row, col, role } of some) {
      const { min, max } = bounds
      put(min[0] - origin[0], min[1] - origin[1], min[2] - origin[2], filled)
      put(max[0] - min[0], max[1] - min[1], max[2] - min[2], 0)
      if (rect) put(rect.x, rect.y, rect.width, rect.height)
      else put(0, 0, 0, 0)
      put(cols, rows, paletteRow(kind), state)
      put(shown, row, col, role)
    }
    this.texture.needsUpdate = true
    this.geometry.setDrawRange(0, some.length * this.perBox)
  }

  dispose(): void {
    this.geometry.dispose()
    this.texture.dispose()
  }

  private grow(room: number): void {
    this.room = Math.ceil(room / ACROSS) * ACROSS
    this.dispose() // the next draw makes new buffers
    this.texture = textureFor(this.room)
    const box = new BoxGeometry(1, 1, 1).translate(0.5, 0.5, 0.5)
    const [position, normal, index] = [box.getAttribute("position"), box.getAttribute("normal"), box.getIndex()!]
    const again = (from: ArrayLike<number>) => {
      const all = new Float32Array(from.length * this.room)
      for (let i = 0; i < this.room; i++) all.set(from, from.length * i)
      return all
    }
    this.geometry.setAttribute("position", new BufferAttribute(again(position.array), 3))
    this.geometry.setAttribute("normal", new BufferAttribute(again(normal.array), 3))
    this.perBox = index.count
    const order = new Uint32Array(index.count * this.room)
    for (let i = 0; i < order.length; i++) order[i] = index.getX(i % index.count) + VERTICES * Math.floor(i / index.count)
    this.geometry.setIndex(new BufferAttribute(order, 1))
  }
}

function textureFor(room: number): DataTexture {
  const rows = Math.max(room / ACROSS, 1)
  const texture = new DataTexture(new Float32Array(4 * TEXELS * ACROSS * rows), TEXELS * ACROSS, rows, RGBAFormat, FloatType)
  texture.minFilter = texture.magFilter = NearestFilter
  return texture
}
