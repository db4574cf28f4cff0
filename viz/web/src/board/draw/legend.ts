/** The colour of a number, and the bar that says so. */
import { diverging, type Rgb, sequential } from "../../colour"
import { short } from "../../format"
import type { Pen } from "../pen"
import type { Ink } from "./kind"

const STEPS = 32

export interface Scale {
  signed: boolean
  limit: number
}

export function colour(value: number, { signed, limit }: Scale, dark: boolean): Rgb | null {
  if (!Number.isFinite(value)) return null
  return signed ? diverging(value / limit, dark) : sequential(value / limit)
}

export function legend(pen: Pen, scale: Scale, ink: Ink, top: number, left: number, width: number): void {
  const low = scale.signed ? -scale.limit : 0
  const words = [short(low, 3), short(scale.limit, 3)]
  const first = left + 6.5 * words[0]!.length + 6
  const bar = Math.max(30, Math.min(150, width - (first - left) - 6.5 * words[1]!.length - 10))
  pen.text(left, top, words[0]!, { color: ink.text })
  for (let i = 0; i < STEPS; i++) {
    const value = low + ((scale.limit - low) * (i + 0.5)) / STEPS
    const [r, g, b] = colour(value, scale, ink.dark)!
    const step = { left: first + (bar * i) / STEPS, top: top - 5, width: bar / STEPS + 0.5, height: 10 }
    pen.fill(step, `rgb(${r}, ${g}, ${b})`)
  }
  pen.frame({ left: first, top: top - 5, width: bar, height: 10 }, { color: ink.grid })
  pen.text(first + bar + 6, top, words[1]!, { color: ink.text })
}
