/** Axes of a picture: round numbers along a range, and which places get a label. */
import { called } from "./cursors"
import type { Axis } from "./types"

/** Round numbers from low to high, at most about `most` of them. */
export function ticks(low: number, high: number, most: number): number[] {
  const range = high - low
  if (!(range > 0) || !Number.isFinite(range) || most < 1) return []
  const rough = range / most
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10)
  const out: number[] = []
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) out.push(n * step + 0)
  return out
}

/** A tick in as few letters as it needs. */
export function tick(value: number): string {
  const size = Math.abs(value)
  if (size < 1e-12) return "0"
  if (size >= 1e5 || size < 1e-3) return value.toExponential(0).replace("-", "−").replace("e+", "e").replace("e−", "e−")
  return String(Number(value.toPrecision(4))).replace("-", "−")
}

/** Places that get a label when each has `room` pixels: all, or every second, fifth, tenth ... */
export function places(size: number, room: number, letters: number): number[] {
  const wanted = Math.max(1, Math.ceil((letters * 6.5 + 6) / Math.max(room, 1e-6)))
  const power = 10 ** Math.floor(Math.log10(wanted))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= wanted) ?? 10)
  const out: number[] = []
  for (let place = 0; place < size; place += step) out.push(place)
  return out
}

/** Letters of the longest label of an axis. */
export function letters(axis: Axis | undefined, size: number): number {
  let most = 1
  for (let place = 0; place < size; place++) most = Math.max(most, called(axis, place).length)
  return most
}

/** Where a place lies along a curve. */
export function lies(axis: Axis, place: number): number {
  return axis.places?.[place] ?? place
}

/** The place of an axis that lies nearest to a number. */
export function nearest(axis: Axis, number: number, size: number): number {
  let best = 0
  for (let place = 1; place < size; place++) {
    if (Math.abs(lies(axis, place) - number) < Math.abs(lies(axis, best) - number)) best = place
  }
  return best
}
