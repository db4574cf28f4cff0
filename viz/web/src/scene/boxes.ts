/** Which boxes stand for a block in a frame: what it shows, what is lit of it, and the tiles over its faces. No WebGL. */
import { Atlas, type Rect } from "./atlas"
import { GLASS, type Instance, type Painted, type State } from "./instances"
import type { Drawn, TileRange } from "./lod"
import type { Glide } from "./merge"
import { type Bounds, slabBounds, slabCount } from "./slabs"
import type { Face, SceneBlock } from "./types"

const ATLAS = 2048
const TILE_ROWS = 8
const ROLES = { weight: 0, value: 1, aggregate: 2 } as const
const ALL = 1e9

/** Of the block that is computed or read: how much of it there is, and the row and column that are at work. */
export interface Mark {
  shown?: number
  /** Share of the row after those cells that is filled. */
  filled?: number
  slab?: number
  row?: number
  col?: number
}

export class Boxes {
  readonly atlas = new Atlas(ATLAS, TILE_ROWS)
  kinds: ReadonlyMap<string, Painted> = new Map()
  /** What is looked at. Whatever is not in it has the state `usual`. */
  states: ReadonlyMap<string, State> = new Map()
  usual: State = 1
  marks: ReadonlyMap<string, Mark> = new Map()
  glides: readonly Glide[] = []
  private readonly rects = new Map<string, (Rect | null)[]>()
  private readonly tiles = new Map<string, { block: SceneBlock; range: TileRange }>()

  clear(): void {
    this.atlas.clear()
    this.rects.clear()
    this.tiles.clear()
    this.states = new Map()
    this.marks = new Map()
    this.glides = []
  }

  /** Numbers for a block to show from afar. Without room for them it keeps the hue of its role. */
  setFace(face: Face): void {
    const size = face.rows * face.cols
    const known = this.rects.get(face.name)
    const rects = Array.from({ length: face.slabs }, (_, slab) => {
      const held = known?.[slab]
      const rect = held && held.width === face.cols && held.height === face.rows ? held : this.atlas.place(face.cols, face.rows)
      if (rect) this.atlas.write(rect, face.patches.subarray(slab * size, (slab + 1) * size))
      return rect
    })
    this.rects.set(face.name, rects)
  }

  /** Every cell of a part of a slab, drawn over its face. */
  setTile(key: string, block: SceneBlock, range: TileRange, codes: Uint8Array): void {
    const rect = this.atlas.claim(key, range.cols[1] - range.cols[0], range.rows[1] - range.rows[0])
    this.atlas.write(rect, codes)
    this.tiles.set(key, { block, range })
  }

  hasTile(key: string): boolean {
    return this.tiles.has(key)
  }

  /** `far`: distance from the eye to what it looks at. */
  of({ block, bounds, apart, slabs: [start, stop] }: Drawn, far: number): Instance[] {
    const count = slabCount(block)
    // Slabs that cannot be told apart are one box; cells are too small then for tiles to be of any use.
    if (!apart && count > 1) return [this.box(block, 0, bounds, start === stop)]
    const found = Array.from({ length: count }, (_, slab) =>
      this.box(block, slab, slabBounds(block, slab), slab < start || slab >= stop),
    )
    return this.marks.get(block.name)?.shown === undefined ? [...found, ...this.over(block, found, far)] : found
  }

  /** Rows that are on their way. */
  onWay(): Instance[] {
    return this.glides.map(({ block, slab, row, merged, bounds }) => {
      const face = this.rects.get(block.name)?.[slab] ?? null
      const [cols, rows] = block.size
      const rect = face && { ...face, y: face.y + Math.floor((row * face.height) / rows), height: 1 }
      return {
        bounds, rect, cols, rows: 1, kind: this.kinds.get(block.name) ?? "signed",
        state: 1, shown: ALL, filled: 0, row: -1, col: merged, role: 4,
      } // prettier-ignore
    })
  }

  /** `glass`: of which the frame alone is seen. */
  private box(block: SceneBlock, slab: number, bounds: Bounds, glass: boolean): Instance {
    const state = this.states.get(block.name) ?? this.usual
    const mark = this.marks.get(block.name)
    const other = mark?.slab !== undefined && mark.slab !== slab
    return {
      bounds,
      rect: this.rects.get(block.name)?.[slab] ?? null,
      cols: block.size[0],
      rows: block.size[1],
      kind: this.kinds.get(block.name) ?? "signed",
      state: glass ? GLASS : other && state > 1 ? 1 : state,
      shown: mark?.shown ?? ALL,
      filled: mark?.filled ?? 0,
      row: other ? -1 : (mark?.row ?? -1),
      col: other ? -1 : (mark?.col ?? -1),
      role: ROLES[block.role],
    }
  }

  private over(block: SceneBlock, slabs: readonly Instance[], far: number): Instance[] {
    const found: Instance[] = []
    for (const [key, { range, block: of }] of this.tiles) {
      if (of.name !== block.name) continue
      const below = slabs[range.slab]
      const [rows, cols] = [range.rows[1] - range.rows[0], range.cols[1] - range.cols[0]]
      if (!below || below.state === GLASS) continue
      const rect = this.atlas.tile(key, cols, rows)
      if (!rect) {
        this.tiles.delete(key)
        continue
      }
      const { min, max } = below.bounds
      // A little before the face, or the two would flicker through one another.
      const lift = Math.max(0.02, far / 2000)
      const top = max[1] - range.rows[0]
      const bounds: Bounds = {
        min: [min[0] + range.cols[0], top - rows, max[2]],
        max: [min[0] + range.cols[1], top, max[2] + lift],
      }
      found.push({
        ...below, bounds, rect, cols, rows, role: 3,
        row: within(below.row, range.rows[0], rows), col: within(below.col, range.cols[0], cols),
      }) // prettier-ignore
    }
    return found
  }
}

/** A lit row of the slab as a tile has it; a row that is not on the tile leaves all of it unlit. */
function within(place: number, start: number, size: number): number {
  if (place < 0) return -1
  return place >= start && place < start + size ? place - start : 1e6
}
