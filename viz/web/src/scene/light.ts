/** What is lit: the block that is computed, what it is computed from, the rows and columns at work. Pure. */
import type { Manifest, StageInfo } from "../walkthrough/types"
import type { CellRef } from "../walkthrough/view"
import type { Mark } from "./boxes"
import type { State } from "./instances"
import { indexOf, type Place } from "./slabs"
import { type Beat, cellAt } from "./sweep"
import type { SceneBlock } from "./types"
import { atWork, type Head, marksOf, slabOfHead, slabsOf } from "./work"

export interface Step {
  stage: StageInfo
  current: SceneBlock
  inputs: readonly SceneBlock[]
}

export interface Light {
  states: Map<string, State>
  marks: Map<string, Mark>
}

/** Cells of one slab: the slabs, which are heads, are computed side by side. What is empty takes room and has none. */
export function cellsOf({ size, shape }: SceneBlock): number {
  return shape.includes(0) ? 0 : size[0] * size[1]
}

/** The cell that is computed now; null where the computation rests, or runs all at once. */
export function working({ current }: Step, { share, together }: Beat, head: Head | null = null): Place | null {
  const at = cellAt(share, cellsOf(current))
  if (share >= 1 || together || at < 0) return null
  const slab = (head && slabOfHead(current, head)) ?? 0
  return { slab, row: Math.floor(at / current.size[0]), col: at % current.size[0] }
}

/** The same as a cell of the stage. */
export function workingCell(step: Step, beat: Beat, head: Head | null): CellRef | null {
  const place = working(step, beat, head)
  const index = place && indexOf(step.current, place)
  return index && { name: step.stage.name, index }
}

/** How many cells are computed by now, of how many. */
export function progressOf({ current }: Step, { share }: Beat): { n: number; all: number } {
  const all = cellsOf(current)
  return { n: cellAt(share, all) + 1, all }
}

/** `lit`: the cells that the pointed cell is made of, by names of blocks. `head`: the only one to be shown, if any. */
export function lightOf(
  manifest: Manifest,
  step: Step,
  beat: Beat,
  lit: readonly CellRef[],
  blocks: ReadonlyMap<string, SceneBlock>,
  head: Head | null = null,
): Light {
  const { stage, current, inputs } = step
  const states = new Map<string, State>(inputs.map(({ name }) => [name, 2]))
  const marks = new Map<string, Mark>()
  states.set(current.name, 3)
  for (const [name, slab] of head ? slabsOf(current, inputs, head) : []) marks.set(name, { slab })
  const place = working(step, beat, head)
  if (place) {
    for (const [name, mark] of atWork(manifest, stage, current, place, inputs, head)) marks.set(name, mark)
  } else if (beat.share < 1) {
    marks.set(current.name, { ...marks.get(current.name), shown: 0 })
  } else if (!beat.together) {
    for (const [name, mark] of marksOf(lit, blocks)) {
      marks.set(name, mark)
      if (name !== current.name) states.set(name, 2)
    }
  }
  return { states, marks }
}
