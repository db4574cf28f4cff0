/** The cell that is shown where nobody has pinned one, so that the first view teaches without a click. */
import { axisIndex, fits, HEAD_AXES, TOKEN_AXES } from "./places"
import type { Manifest, StageInfo, StagePage } from "./types"
import type { CellRef } from "./view"

/** The page's own choice, moved to the chosen head and token. */
export function choice(
  manifest: Manifest,
  stage: StageInfo,
  page: StagePage | undefined,
  head: number | null,
  token: number | null,
): CellRef | null {
  if (!page) return null
  const index = [...page.choice]
  move(index, axisIndex(stage, HEAD_AXES), head)
  move(index, axisIndex(stage, TOKEN_AXES), token)
  const cell = { name: stage.name, index }
  return fits(manifest, cell) ? cell : null
}

function move(index: number[], axis: number, to: number | null): void {
  if (axis >= 0 && to !== null) index[axis] = to
}
