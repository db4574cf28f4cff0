/** What is shown: where it is in the model, what it is called, and its axes. */
import { memo } from "../memo"
import { stageNamed } from "../places"
import type { Manifest, StageInfo } from "../types"
import type { Say } from "../ui"
import type { Walk } from "../walk"
import { axisName } from "./cell"

interface Props {
  manifest: Manifest
  walk: Walk
  say: Say
  stage: StageInfo
  step: number
  place: string | undefined
}

export const Title = memo(({ manifest, walk, say, stage, step, place }: Props) => {
  const { show, chapter } = manifest.steps[step]!
  const title = show === "stage" ? stage.title : manifest.chapters[chapter]!.title
  const twin = stage.same_as === undefined ? undefined : stageNamed(manifest, stage.same_as)
  return (
    <header class="title" style={{ "--place": `var(--gf-place-${stage.place})` }}>
      <p class="place">{place ?? "\u00a0"}</p>
      <h2>{title}</h2>
      <p class="name">
        <code>{stage.name}</code>
        {stage.axes.map((axis, i) => (
          <span
            key={axis}
            title={manifest.axes[axis]?.title}
            style={{ "--axis": manifest.axes[axis]?.colour ?? "currentColor" }}
          >
            {axisName(manifest, axis)} {stage.shape[i]}
          </span>
        ))}
        {twin && (
          <button type="button" class="link" onClick={() => walk.dispatch({ do: "stage", name: twin.name })}>
            {say("same_as", { name: twin.name })}
          </button>
        )}
      </p>
    </header>
  )
})
