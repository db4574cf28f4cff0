/** Under a scene of differences: what the colours of the current block stand for. */
import { short } from "../format"
import { limitOf } from "../walkthrough/picture/paint"
import type { Source } from "../walkthrough/data"
import { useFetched } from "../walkthrough/fetched"
import type { StageInfo } from "../walkthrough/types"
import type { Say } from "../walkthrough/ui"

/** Key of the other pass among the networks that can stand beside. */
export const OTHER = "other"

export function DifferenceLegend({ stage, source, say }: { stage: StageInfo; source: Source; say: Say }) {
  const cell = Object.fromEntries(stage.axes.map((axis) => [axis, 0]))
  const found = useFetched(
    `${source.id} ${stage.name} limits`,
    () => source.limits(stage.name),
    async (signal) => (await source.cells(stage.name, cell, signal)).limits,
  )
  if (!found.value) return null
  const most = short(limitOf("signed", found.value, "robust"), 3)
  return <p data-scale={most}>{say("compare_scene", { title: stage.title, low: `−${most}`, high: most })}</p>
}
