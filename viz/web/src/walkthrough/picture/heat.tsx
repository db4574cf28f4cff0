/** One query's weights laid over the picture that its keys are patches of: each patch is a button with its number. */
import { css, inkOn } from "../../colour"
import { exact } from "../../format"
import { memo } from "../memo"
import { patchStyle } from "../patches"
import type { Patches, Side } from "../types"
import { brief, colourFor, type Look } from "./paint"
import type { PictureSay } from "./words"

interface Props {
  side: Side
  patches: Patches
  weights: ArrayLike<number>
  look: Look
  say: PictureSay
  onPin: (key: number) => void
}

/** From so many columns on there is no room for numbers: they are in the titles, and in the table below. */
const NUMBERED = 9

export const Heat = memo(({ side, patches, weights, look, say, onPin }: Props) => {
  const places = Array.from({ length: patches.rows * patches.columns }, (_, place) => place + patches.first)
  const rest = Array.from({ length: patches.first }, (_, key) => `${side.pieces[key]} ${brief(weights[key]!)}`).join(", ")
  return (
    <figure class="heat">
      <div
        class="heat-grid"
        data-small={patches.columns >= NUMBERED}
        style={{ gridTemplateColumns: `repeat(${patches.columns}, 1fr)` }}
      >
        {places.map((key) => {
          const colour = colourFor(weights[key]!, look)
          return (
            <button
              key={key}
              type="button"
              style={patchStyle(patches, key)!}
              data-key={key}
              data-value={exact(weights[key]!)}
              title={`${patches.names[key]}: ${exact(weights[key]!)}`}
              aria-label={`${patches.names[key]}: ${exact(weights[key]!)}`}
              onClick={() => onPin(key)}
            >
              <span style={colour ? { "--colour": css(colour), color: inkOn(colour) } : {}}>
                {patches.columns < NUMBERED && <b>{brief(weights[key]!)}</b>}
              </span>
            </button>
          )
        })}
      </div>
      <figcaption class="aside">{[say("strip_heat"), rest && say("strip_heat_rest", { rest })].join(" ")}</figcaption>
    </figure>
  )
})
