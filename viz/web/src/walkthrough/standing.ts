/** Where a person stands in the walkthrough, and what that means in a trace. Pure: no page, no network. */
import type { Which } from "./compare"
import { axisIndex, HEAD_AXES, inLayer, sizeAlong, TOKEN_AXES } from "./places"
import { along, placeIn, stepsOf, type Tour, usualTour } from "./tour"
import type { Index, Manifest, StageInfo, Step } from "./types"

export interface CellRef {
  name: string
  index: Index
}

export interface View {
  step: number
  /** Chosen head of the current side; null shows all heads. */
  head: number | null
  /** Chosen token position of the current side. */
  token: number | null
  /** Cell under inspection: of the current stage, or of one of its inputs. */
  pin: CellRef | null
  /** Cells that were stepped out of, oldest first. */
  trail: CellRef[]
  range: "robust" | "full"
  playing: boolean
  /** Seconds a step takes while playing. */
  pace: number
  guesses: boolean
  /** Which steps "next" leads to; null: what is usual for the model. */
  tour: Tour | null
  /** The scene is shown instead of the picture. */
  space: boolean
  /** Which pass is shown; null where this one is not compared with another. */
  which: Which | null
}

export const FIRST: View = {
  step: 0,
  head: null,
  token: null,
  pin: null,
  trail: [],
  range: "robust",
  playing: false,
  pace: 4,
  guesses: true,
  tour: null,
  space: false,
  which: null,
}

export function tourOf(view: View, manifest: Manifest): Tour {
  return view.tour ?? usualTour(manifest)
}

/** The steps that "next" leads to, one after the other. */
export function toured(view: View, manifest: Manifest): readonly number[] {
  return stepsOf(manifest, tourOf(view, manifest))
}

export function lastStep(view: View, manifest: Manifest): number {
  return toured(view, manifest).at(-1)!
}

/** The steps that a person may go to next: two on, one back. */
export function around(view: View, manifest: Manifest): number[] {
  const steps = toured(view, manifest)
  return [1, 2, -1].map((by) => along(steps, view.step, by)).filter((step, i, all) => step !== view.step && all.indexOf(step) === i)
}

/** Whether the step is none of the tour: a link, the map or the keys for layers led here. */
export function isBeside(view: View, manifest: Manifest): boolean {
  const steps = toured(view, manifest)
  return steps[placeIn(steps, view.step)] !== view.step
}

/** Whether this is where a chapter begins, for who takes this tour. */
export function opens(view: View, manifest: Manifest): boolean {
  const steps = toured(view, manifest)
  const at = placeIn(steps, view.step)
  const before = manifest.steps[steps[at - 1] ?? -1]
  return steps[at] === view.step && before?.chapter !== manifest.steps[view.step]!.chapter
}

export function stepNow(view: View, manifest: Manifest): Step {
  return manifest.steps[view.step]!
}

export function stageNow(view: View, manifest: Manifest): StageInfo {
  return manifest.stages[stepNow(view, manifest).stage]!
}

/** How many heads there are to choose from at the current stage; 0 where it has none. */
export function heads(view: View, manifest: Manifest): number {
  const stage = stageNow(view, manifest)
  return sizeAlong(stage, HEAD_AXES)
}

/** How many tokens there are to choose from at the current stage; 0 where rows are not tokens. */
export function tokens(view: View, manifest: Manifest): number {
  return sizeAlong(stageNow(view, manifest), TOKEN_AXES)
}

/** The chosen head as the current stage has it: grouped heads share a key head; what is too large is clipped. */
export function headOf(view: View, manifest: Manifest): number | null {
  const stage = stageNow(view, manifest)
  const count = heads(view, manifest)
  if (view.head === null || count === 0) return null
  if (axisIndex(stage, ["kv_head"]) < 0) return Math.min(view.head, count - 1)
  return Math.min(Math.floor((view.head * count) / queryHeads(stage, manifest)), count - 1)
}

/** How many heads the queries of a stage's layer have: as many as keys and values, or more. */
export function queryHeads(stage: StageInfo, manifest: Manifest): number {
  const near = manifest.stages.filter((other) => inLayer(other, stage))
  return Math.max(sizeAlong(stage, HEAD_AXES), ...near.map((other) => sizeAlong(other, ["head"])))
}

/** The chosen token, clipped to what the current stage has. */
export function tokenOf(view: View, manifest: Manifest): number | null {
  const count = tokens(view, manifest)
  return view.token === null || count === 0 ? null : Math.min(view.token, count - 1)
}

export function sameCell(one: CellRef | null, other: CellRef | null): boolean {
  if (one === null || other === null) return one === other
  return one.name === other.name && one.index.join() === other.index.join()
}
