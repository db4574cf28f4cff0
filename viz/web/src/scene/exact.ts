/** The very cells, for what the eye is near to: fetched by tiles once the camera rests. */
import type { Source } from "../walkthrough/data"
import { isAbort } from "../walkthrough/data"
import { codeOf } from "./faces"
import { TILE } from "./atlas"
import { type TileRange, tiles } from "./lod"
import { flat, indexOf, type Place, slabBounds } from "./slabs"
import type { Space } from "./space"
import type { SceneBlock, Vec3 } from "./types"

/** Pixels of a cell from which a patch of many is not enough any more. */
const COARSE = 3
const MOST_TILES = 24
const MOST_KEPT = 200

interface Held {
  block: SceneBlock
  range: TileRange
  values: Float32Array
}

/** Whether a patch of a block stands for more than one cell, and what its strongest colour stands for. */
export type Coarse = (name: string) => { bins: boolean; most: number; signed: boolean } | null

export class Exact {
  private readonly held = new Map<string, Held>()
  private readonly coming = new Map<string, AbortController>()
  private resting: ReturnType<typeof setTimeout> | undefined

  constructor(
    private source: Source,
    private readonly coarse: Coarse,
    private readonly onArrived: () => void,
    /** Of what could not be fetched. */
    private readonly onError: (words: string) => void,
  ) {}

  /** Once the camera stands still, what is near is fetched. */
  rest(space: Space, numbersFrom: number): void {
    clearTimeout(this.resting)
    this.resting = setTimeout(() => {
      if (!space.camera.flying) this.look(space, numbersFrom)
    }, 150)
  }

  /** Asks for what is in view and not held. */
  look(space: Space, numbersFrom: number): void {
    const wanted: [string, SceneBlock, TileRange][] = []
    for (const { block, cell, apart, slabs } of space.drawnNow) {
      const face = this.coarse(block.name)
      if (!face || block.shape.includes(0)) continue
      if (!(cell >= numbersFrom || (face.bins && cell >= COARSE))) continue
      const [start, stop] = apart ? slabs : [0, 1]
      for (let slab = start; slab < stop; slab++) {
        const range = inView(block, slab, space)
        if (!range) continue
        for (const tile of tiles(block, slab, range.rows, range.cols, TILE)) wanted.push([key(block, tile), block, tile])
      }
    }
    const now = wanted.slice(0, MOST_TILES)
    const keep = new Set(now.map(([name]) => name))
    for (const [name, stop] of this.coming) if (!keep.has(name)) stop.abort()
    for (const [name, block, tile] of now) if (!this.held.has(name) && !this.coming.has(name)) void this.fetch(name, block, tile, space)
  }

  /** Numbers of the cells of a slab that are held and in view. */
  *inView(block: SceneBlock, slab: number, space: Space): Generator<{ place: Place; value: number }> {
    const seen = inView(block, slab, space)
    if (!seen) return
    for (const { block: of, range, values } of this.held.values()) {
      if (of.name !== block.name || range.slab !== slab) continue
      const width = range.cols[1] - range.cols[0]
      for (let row = Math.max(range.rows[0], Math.floor(seen.rows[0])); row < Math.min(range.rows[1], seen.rows[1]); row++) {
        for (let col = Math.max(range.cols[0], Math.floor(seen.cols[0])); col < Math.min(range.cols[1], seen.cols[1]); col++) {
          yield { place: { slab, row, col }, value: values[(row - range.rows[0]) * width + col - range.cols[0]]! }
        }
      }
    }
  }

  /** Cells of another trace are to come. */
  turn(source: Source): void {
    this.dispose()
    this.held.clear()
    this.coming.clear()
    this.source = source
  }

  dispose(): void {
    clearTimeout(this.resting)
    for (const stop of this.coming.values()) stop.abort()
  }

  private async fetch(name: string, block: SceneBlock, range: TileRange, space: Space): Promise<void> {
    const stop = new AbortController()
    this.coming.set(name, stop)
    try {
      const { values } = await this.source.cells(block.name, rangesOf(block, range), stop.signal)
      if (stop.signal.aborted) return
      this.held.set(name, { block, range, values })
      if (this.held.size > MOST_KEPT) this.held.delete(this.held.keys().next().value!)
      const face = this.coarse(block.name)
      if (face?.bins) space.setTile(name, block, range, Uint8Array.from(values, (v) => codeOf(v, face.most, face.signed)))
      this.onArrived()
    } catch (error) {
      if (!isAbort(error)) this.onError(error instanceof Error ? error.message : String(error))
    } finally {
      if (this.coming.get(name) === stop) this.coming.delete(name)
    }
  }
}

function key(block: SceneBlock, { slab, rows, cols }: TileRange): string {
  return `${block.name} ${slab} ${rows[0]} ${cols[0]}`
}

function rangesOf(block: SceneBlock, { slab, rows, cols }: TileRange): Record<string, number | [number, number]> {
  const { row, col } = flat(block)
  const index = indexOf(block, { slab, row: 0, col: 0 })!
  return Object.fromEntries(
    block.axes.map((axis, i) => [axis, i === row ? rows : i === col ? cols : index[i]!] as [string, number | [number, number]]),
  )
}

/** Rows and columns of the front of a slab that are on the screen; null where none are. */
function inView(block: SceneBlock, slab: number, space: Space): { rows: [number, number]; cols: [number, number] } | null {
  const { min, max } = slabBounds(block, slab)
  const { width, height } = space.camera.size
  const met: Vec3[] = []
  for (const [x, y] of [[0, 0], [width, 0], [0, height], [width, height]] as const) {
    const { from, along } = space.camera.ray(x, y)
    const t = (max[2] - from[2]) / along[2]
    // Looking along the plane, or from behind: take all of it.
    if (!(t > 0)) return { rows: [0, block.size[1]], cols: [0, block.size[0]] }
    met.push([from[0] + t * along[0], from[1] + t * along[1], max[2]])
  }
  const xs = met.map(([x]) => x)
  const ys = met.map(([, y]) => y)
  const rows: [number, number] = [Math.max(max[1] - Math.max(...ys), 0), Math.min(max[1] - Math.min(...ys), block.size[1])]
  const cols: [number, number] = [Math.max(Math.min(...xs) - min[0], 0), Math.min(Math.max(...xs) - min[0], block.size[0])]
  return rows[0] < rows[1] && cols[0] < cols[1] ? { rows, cols } : null
}
