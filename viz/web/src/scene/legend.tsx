/** What the hues of the frames stand for; all of it in words, where they are asked for. */
import { memo } from "../walkthrough/memo"
import type { Say } from "../walkthrough/ui"
import { type Drawn, Scale } from "./scale"

const ROLES = ["weights", "values", "aggregates", "cached"] as const

interface Props {
  say: Say
  cached: boolean
  /** Of the step, as soon as its cells are drawn. */
  scale: Drawn | null
}

export const Legend = memo(({ say, cached, scale }: Props) => (
  <details class="scene-legend">
    <summary>
      {(cached ? ROLES : ROLES.slice(0, 3)).map((role) => (
        <span key={role} data-role={role}>
          {say(`scene_${role}`)}
        </span>
      ))}
      {scale && <Scale {...scale} />}
    </summary>
    <p>{say("scene_legend")}</p>
    <p>{say("scene_keys")}</p>
  </details>
))
