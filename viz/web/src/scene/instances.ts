/** The boxes of one frame as attributes of one draw call. */
import { BoxGeometry, DynamicDrawUsage, InstancedBufferAttribute, InstancedBufferGeometry } from "three"
import type { Kind } from "../decode"
import type { Rect } from "./atlas"
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
  /** Cells that are computed by now. */
  shown: number
  /** Row and column that are lit; -1: all. Of a row on its way, the first column that is still there. */
  row: number
  col: number
  /** 0 weight, 1 value, 2 aggregate, 3 a tile, 4 a row on its way. */
  role: number
}

function paletteRow(kind: Painted): number {
  return kind === "signed" ? 0 : kind === "same" ? 2 : 1
}

const WIDTHS = { corner: 3, size: 3, rect: 4, look: 4, mark: 4 } as const
type Name = keyof typeof WIDTHS

export class Instances {
  readonly geometry = new InstancedBufferGeometry()
  private room = 0
  private readonly arrays = {} as Record<Name, Float32Array<ArrayBuffer>>

  constructor() {
    const box = new BoxGeometry(1, 1, 1).translate(0.5, 0.5, 0.5)
    this.geometry.setIndex(box.getIndex())
    this.geometry.setAttribute("position", box.getAttribute("position"))
    this.geometry.setAttribute("normal", box.getAttribute("normal"))
    this.grow(512)
  }

  /** `origin`: what places are told from. */
  fill(some: readonly Instance[], origin: Vec3): void {
    if (some.length > this.room) this.grow(2 * some.length)
    const { corner, size, rect, look, mark } = this.arrays
    some.forEach((one, i) => {
      const { min, max } = one.bounds
      corner.set([min[0] - origin[0], min[1] - origin[1], min[2] - origin[2]], 3 * i)
      size.set([max[0] - min[0], max[1] - min[1], max[2] - min[2]], 3 * i)
      rect.set(one.rect ? [one.rect.x, one.rect.y, one.rect.width, one.rect.height] : [0, 0, 0, 0], 4 * i)
      look.set([one.cols, one.rows, paletteRow(one.kind), one.state], 4 * i)
      mark.set([one.shown, one.row, one.col, one.role], 4 * i)
    })
    for (const name of Object.keys(WIDTHS) as Name[]) {
      const attribute = this.geometry.getAttribute(name) as InstancedBufferAttribute
      attribute.clearUpdateRanges()
      attribute.addUpdateRange(0, WIDTHS[name] * some.length)
      attribute.needsUpdate = true
    }
    this.geometry.instanceCount = some.length
  }

  private grow(room: number): void {
    this.room = room
    // Frees the buffers of the old size; the next draw makes new ones.
    this.geometry.dispose()
    for (const [name, width] of Object.entries(WIDTHS) as [Name, number][]) {
      this.arrays[name] = new Float32Array(room * width)
      const attribute = new InstancedBufferAttribute(this.arrays[name], width)
      attribute.setUsage(DynamicDrawUsage)
      this.geometry.setAttribute(name, attribute)
    }
  }
}
