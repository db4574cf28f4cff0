/** Under a matrix: what its colours stand for, and what the picture leaves out. */
import { css } from "../../colour"
import type { Drawn } from "./layout"
import { colourFor } from "./paint"
import type { Told } from "./canvas"
import { short } from "../../format"
import type { PictureSay } from "./words"

interface Props {
  drawn: Drawn
  told: Told
  dark: boolean
  range: "robust" | "full"
  say: PictureSay
  onRange: (() => void) | undefined
  rangeWord: string
  /** Too narrow for a scale: its cells show their numbers. */
  narrow: boolean
}

const STEPS = 24

export function Legend({ drawn, told, dark, range, say, onRange, rangeWord, narrow }: Props) {
  const { sheet, seen, limit } = told
  const cells = (sheet?.binRows ?? 1) * (sheet?.binCols ?? 1)
  const beyond = drawn.kind === "probability" || range === "full" ? 0 : (sheet?.limits.clipped ?? 0)
  const names = drawn.kind === "index" || drawn.kind === "count"
  const low = drawn.kind === "signed" ? -limit : 0
  return (
    <p class="legend">
      {!names && !narrow && sheet && (
        <span class="scale">
          <span>{short(low, 3)}</span>
          <span class="bar" style={{ background: gradient(drawn, limit, dark) }} aria-hidden="true" />
          <span>{short(limit, 3)}</span>
        </span>
      )}
      {beyond > 0 && !names && (
        <span class="beyond">
          <span class="tick" aria-hidden="true" /> {say("picture_beyond", { n: beyond.toLocaleString(), limit: short(limit, 3) })}
          {onRange && (
            <button type="button" class="link" onClick={onRange}>
              {rangeWord}
            </button>
          )}
        </span>
      )}
      {seen.masked && (
        <span>
          <span class="hatch" aria-hidden="true" /> {say("picture_masked")}
        </span>
      )}
      {seen.nan && <span>{say("picture_nan")}</span>}
      {cells > 1 && <span>{say("picture_downsampled", { n: cells.toLocaleString() })}</span>}
    </p>
  )
}

function gradient(drawn: Drawn, limit: number, dark: boolean): string {
  const low = drawn.kind === "signed" ? -limit : 0
  const stops = Array.from({ length: STEPS + 1 }, (_, step) => {
    const colour = colourFor(low + ((limit - low) * step) / STEPS, { kind: drawn.kind, limit, dark, clipped: false })
    return colour ? css(colour) : "transparent"
  })
  return `linear-gradient(to right, ${stops.join(", ")})`
}
