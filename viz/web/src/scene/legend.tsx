/** What the hues of the frames stand for; all of it in words, where they are asked for. */
import { memo } from "../walkthrough/memo"
import type { Say } from "../walkthrough/ui"

export const Legend = memo(({ say }: { say: Say }) => (
  <details class="scene-legend">
    <summary>
      {(["weights", "values", "aggregates"] as const).map((role) => (
        <span key={role} data-role={role}>
          {say(`scene_${role}`)}
        </span>
      ))}
    </summary>
    <p>{say("scene_legend")}</p>
  </details>
))
