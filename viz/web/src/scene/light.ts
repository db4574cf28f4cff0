/** What is lit: the block that is computed, what it is computed from, the rows and columns at work. Pure. */
import type { Manifest, StageInfo } from "../walkthrough/types"
import type { CellRef } from "../walkthrough/view"
import type { Mark } from "./boxes"
import type { State } from "./instances"
import { shownOf, working } from "./order"
import type { Beat } from "./sweep"
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
  const place = working(step, beat, (head && slabOfHead(current, head)) ?? 0)
  if (place) {
    for (const [name, mark] of atWork(manifest, stage, current, place, inputs, head)) marks.set(name, mark)
    marks.set(current.name, { ...marks.get(current.name), ...shownOf(step, place, beat) })
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
