/** Two ways to see a step: the picture, or the scene. */
import { memo } from "../walkthrough/memo"
import type { Say } from "../walkthrough/ui"
import type { Walk } from "../walkthrough/walk"

export const Looks = memo(({ walk, say, space }: { walk: Walk; say: Say; space: boolean }) => (
  <div class="looks" role="group" aria-label={say("key_space")}>
    {([false, true] as const).map((on) => (
      <button key={String(on)} type="button" aria-pressed={space === on} onClick={() => walk.dispatch({ do: "space", on })}>
        {say(on ? "scene" : "scene_flat")}
      </button>
    ))}
  </div>
))
