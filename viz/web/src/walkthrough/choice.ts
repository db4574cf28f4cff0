/** The cell that is shown where nobody has pinned one, so that the first view teaches without a click. */
import { isDifference } from "./compare"
import type { Source } from "./data"
import { axisIndex, fits, HEAD_AXES, inLayer, TOKEN_AXES } from "./places"
import type { Guess, Index, Manifest, StageInfo, StagePage } from "./types"
import { type CellRef, headOf, stageNow, tokenOf, type View } from "./view"

/** The page's own choice, or what its question is about, moved to the chosen head and token. `pattern`: see `patternOf`. */
export function choice(
  view: View,
  manifest: Manifest,
  page: StagePage | undefined,
  pattern: StagePage | undefined,
): CellRef | null {
  if (!page) return null
  const stage = stageNow(view, manifest)
  const index = isDifference(manifest) ? [...page.choice] : [...start(view, page)]
  // Of a difference, the page has chosen where there is most of it.
  const usual = isDifference(manifest) ? null : usualHead(view, manifest, pattern)
  move(index, axisIndex(stage, HEAD_AXES), headOf(view, manifest) ?? usual)
  move(index, axisIndex(stage, TOKEN_AXES), tokenOf(view, manifest))
  const cell = { name: stage.name, index }
  return fits(manifest, cell) ? cell : null
}

/** The same for a step that is not here yet. */
export async function choiceAhead(view: View, manifest: Manifest, source: Source): Promise<CellRef | null> {
  const stage = stageNow(view, manifest)
  const page = await source.page(stage.name)
  const pattern = headOf(view, manifest) === null ? patternOf(manifest, stage) : undefined
  return choice(view, manifest, page, pattern && (await source.page(pattern.name)))
}

/** The cell of a stage that the answer to a question is read from, if there is one. */
export function asked(guess: Guess | null, stage: string): Index | undefined {
  return guess?.reveal.flat().find(({ ref, index }) => ref === stage && index !== undefined)?.index
}

/** The attention pattern that a stage with heads leads to or comes from. Its page says which head to look at. */
export function patternOf(manifest: Manifest, stage: StageInfo): StageInfo | undefined {
  if (axisIndex(stage, HEAD_AXES) < 0) return undefined
  const home = (name: string) => name.slice(0, name.lastIndexOf("."))
  const patterns = manifest.stages.filter((other) => isPattern(other) && inLayer(other, stage))
  // A decoder's block may have two: its own attention and that to the encoder.
  return patterns.find((other) => home(other.name) === home(stage.name))
}

/** Shares of what a query looks at. */
export function isPattern({ kind, axes }: StageInfo): boolean {
  return kind === "probability" && ["head", "query", "key"].every((axis) => axes.includes(axis))
}

/** One head for all stages of an attention, so that stepping through them follows the same head. */
function usualHead(view: View, manifest: Manifest, page: StagePage | undefined): number | null {
  const pattern = page && patternOf(manifest, stageNow(view, manifest))
  const head = pattern && start(view, page)[axisIndex(pattern, ["head"])]
  return head === undefined ? null : headOf({ ...view, head }, manifest)
}

function start(view: View, page: StagePage): Index {
  return (view.guesses && asked(page.guess, page.name)) || page.choice
}

function move(index: number[], axis: number, to: number | null): void {
  if (axis >= 0 && to !== null) index[axis] = to
}
