/** What is lit: the block that is computed, what it is computed from, the rows and columns at work. Pure. */
import type { Manifest, StageInfo } from "../walkthrough/types"
import type { CellRef } from "../walkthrough/view"
import type { Mark } from "./boxes"
import type { State } from "./instances"
import { cellAt } from "./sweep"
import type { SceneBlock } from "./types"
import { atWork, marksOf } from "./work"

export interface Step {
  stage: StageInfo
  current: SceneBlock
  inputs: readonly SceneBlock[]
}

export interface Light {
  states: Map<string, State>
  marks: Map<string, Mark>
}

/** `share` of the computation is there, 0 to 1; `lit`: the cells that the pointed cell is made of, by names of blocks. */
export function lightOf(
  manifest: Manifest,
  { stage, current, inputs }: Step,
  share: number,
  lit: readonly CellRef[],
  blocks: ReadonlyMap<string, SceneBlock>,
): Light {
  const states = new Map<string, State>(inputs.map(({ name }) => [name, 2]))
  const marks = new Map<string, Mark>()
  states.set(current.name, 3)
  if (share < 1) {
    const at = cellAt(share, current.size[0] * current.size[1])
    const place = { slab: 0, row: Math.floor(Math.max(at, 0) / current.size[0]), col: Math.max(at, 0) % current.size[0] }
    for (const [name, mark] of atWork(manifest, stage, current, place, inputs)) marks.set(name, mark)
    marks.set(current.name, { shown: at + 1 })
  } else {
    for (const [name, mark] of marksOf(lit, blocks)) {
      marks.set(name, mark)
      if (name !== current.name) states.set(name, 2)
    }
  }
  return { states, marks }
}
