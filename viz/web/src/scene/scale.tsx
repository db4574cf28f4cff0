/** What the colours of the step's cells stand for, from the least to the most that is drawn. */
import { diverging, type Rgb, sequential } from "../colour"
import type { Kind } from "../decode"
import { short } from "../format"

export interface Drawn {
  kind: Kind
  most: number
  dark: boolean
}

const STOPS = 9

export function Scale({ kind, most, dark }: Drawn) {
  const signed = kind === "signed"
  const at = (share: number): Rgb => (signed ? diverging(2 * share - 1, dark) : sequential(share))
  const colours = Array.from({ length: STOPS }, (_, i) => `rgb(${at(i / (STOPS - 1)).join(" ")})`)
  return (
    <span class="scene-scale" data-most={most}>
      {signed ? `≤ ${short(-most, 3)}` : "0"}
      <i style={{ background: `linear-gradient(to right, ${colours.join(", ")})` }} />
      {signed || most < 1 ? `≥ ${short(most, 3)}` : short(most, 3)}
    </span>
  )
}
