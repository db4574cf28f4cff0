/**
 * From a number to a colour. The anchors live in colours.json, so that Python's charts can use the same.
 * Blue against orange stays distinct in every common form of colour blindness; so does viridis.
 */
import anchors from "./colours.json"
import type { Kind } from "./decode"

export type Rgb = readonly [red: number, green: number, blue: number]

const SEQUENTIAL = anchors.sequential.map(parseHex)
const DIVERGING = {
  light: anchors.diverging.light.map(parseHex),
  dark: anchors.diverging.dark.map(parseHex),
}

export function parseHex(hex: string): Rgb {
  const number = Number.parseInt(hex.slice(1), 16)
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255]
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`
}

/** The colour at `position` (0 to 1, clamped) on a line through evenly spaced anchors. */
function along(line: Rgb[], position: number): Rgb {
  const scaled = Math.min(Math.max(position, 0), 1) * (line.length - 1)
  const index = Math.min(Math.floor(scaled), line.length - 2)
  const from = line[index]!
  const to = line[index + 1]!
  const share = scaled - index
  const mix = (channel: 0 | 1 | 2) => Math.round(from[channel] + share * (to[channel] - from[channel]))
  return [mix(0), mix(1), mix(2)]
}

/** -1 is full blue, 0 melts into the page, 1 is full orange. */
export function diverging(position: number, dark: boolean): Rgb {
  return along(dark ? DIVERGING.dark : DIVERGING.light, (position + 1) / 2)
}

/** 0 is dark violet, 1 is yellow. */
export function sequential(position: number): Rgb {
  return along(SEQUENTIAL, position)
}

/** Black or white, whichever reads better. */
export function inkOn([red, green, blue]: Rgb): string {
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#10131a" : "#ffffff"
}

/** The largest absolute finite number, or 1 where there is none: then every cell has the colour of zero. */
export function largest(values: Iterable<number>): number {
  let found = 0
  for (const value of values) {
    if (Number.isFinite(value) && Math.abs(value) > found) found = Math.abs(value)
  }
  return found || 1
}

/** The colour of one cell; null for -inf, inf and nan, which are hatched instead. */
export function colourOf(value: number, kind: Kind, range: number, dark: boolean): Rgb | null {
  if (!Number.isFinite(value)) return null
  if (kind === "signed") return diverging(value / range, dark)
  return sequential(value / range)
}

/** What gets the strongest colour: probabilities always have the same scale, so that pictures compare. */
export function rangeOf(tensor: { kind: Kind; values: Iterable<number>; range?: number }): number {
  if (tensor.range !== undefined && tensor.range > 0) return tensor.range
  return tensor.kind === "probability" ? 1 : largest(tensor.values)
}
