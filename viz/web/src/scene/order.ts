/** What is computed one after the other: cell by cell, of a softmax row by row, since a row shares one sum. Pure. */
import type { CellRef } from "../walkthrough/view"
import type { Mark } from "./boxes"
import type { Step } from "./light"
import { type Bounds, cellBounds, indexOf, type Place, slabBounds } from "./slabs"
import { type Beat, cellAt, NEARLY } from "./sweep"
import type { SceneBlock } from "./types"

/** How many of how many are there by now. */
export interface Progress {
  n: number
  all: number
  rows: boolean
}

/** In words of the page. */
export function wordsOf({ n, all, rows }: Progress): ["scene_rows" | "scene_cells", { n: number; all: number }] {
  return [rows ? "scene_rows" : "scene_cells", { n, all }]
}

export function inRows({ stage }: Step): boolean {
  return stage.op === "softmax"
}

/** Parts of one slab: the slabs, which are heads, are computed side by side. What is empty takes room and has none. */
export function partsOf(step: Step): number {
  const { size, shape } = step.current
  return shape.includes(0) ? 0 : size[1] * (inRows(step) ? 1 : size[0])
}

export function progressOf(step: Step, { share }: Beat): Progress {
  const all = partsOf(step)
  return { n: cellAt(share, all) + 1, all, rows: inRows(step) }
}

/** The cell that is computed now; null where the computation rests, or runs all at once. Of a row, one of its cells. */
export function working(step: Step, beat: Beat, slab = 0): Place | null {
  return beat.share >= 1 || beat.together ? null : reached(step, beat, slab)
}

/** The cell that was computed last. Of a row, that in which a token looks at itself; where it looks at none, no cell. */
export function reachedCell(step: Step, beat: Beat, slab: number): CellRef | null {
  const place = reached(step, beat, slab)
  const index = place && indexOf(step.current, place)
  const told = !inRows(step) || step.current.axes.includes("key")
  return index && told ? { name: step.stage.name, index } : null
}

function reached(step: Step, { share }: Beat, slab: number): Place | null {
  const at = cellAt(share, partsOf(step))
  if (at < 0) return null
  const { current } = step
  if (inRows(step)) return { slab, row: at, col: Math.min(at, current.size[0] - 1) }
  return { slab, row: Math.floor(at / current.size[0]), col: at % current.size[0] }
}

/** All that is computed together with a cell. */
export function partBounds(step: Step, place: Place): Bounds {
  const { current } = step
  const { min, max } = cellBounds(current, place)
  if (!inRows(step)) return { min, max }
  const slab = slabBounds(current, place.slab)
  return { min: [slab.min[0], min[1], min[2]], max: [slab.max[0], max[1], max[2]] }
}

/** What is there by now, as a mark has it. */
export function shownOf(step: Step, place: Place, { share }: Beat): { shown: number; filled?: number } {
  const cols = step.current.size[0]
  if (!inRows(step)) return { shown: place.row * cols + place.col + 1 }
  const filled = Math.min(share * partsOf(step) - place.row, 1)
  return { shown: place.row * cols, filled: filled > 1 - NEARLY ? 1 : filled }
}

/** Whether all of a cell is there. */
export function isThere({ shown = Infinity, filled = 0 }: Mark, { size }: SceneBlock, { row, col }: Place): boolean {
  return row * size[0] + col < shown || (filled === 1 && row * size[0] === shown)
}
