/** What the hues of the frames stand for; all of it in words, where they are asked for. */
import { memo } from "../walkthrough/memo"
import type { Say } from "../walkthrough/ui"

const ROLES = ["weights", "values", "aggregates", "cached"] as const

export const Legend = memo(({ say, cached }: { say: Say; cached: boolean }) => (
  <details class="scene-legend">
    <summary>
      {(cached ? ROLES : ROLES.slice(0, 3)).map((role) => (
        <span key={role} data-role={role}>
          {say(`scene_${role}`)}
        </span>
      ))}
    </summary>
    <p>{say("scene_legend")}</p>
    <p>{say("scene_keys")}</p>
  </details>
))
