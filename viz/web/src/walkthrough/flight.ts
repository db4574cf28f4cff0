/** The way of a token from where it was read off to where it is put in. Pure arithmetic. */
import type { Spot } from "./writing"

export const FLIGHT = 900

/** Points of the way at even times, both ends included: it rises, then comes down on its place. */
export function flight(from: Spot, to: Spot, points = 13): Spot[] {
  const rise = Math.min(Math.hypot(to.x - from.x, to.y - from.y) / 4, 80)
  return Array.from({ length: points }, (_, i) => {
    const t = i / (points - 1)
    const s = t * t * (3 - 2 * t)
    return { x: from.x + (to.x - from.x) * s, y: from.y + (to.y - from.y) * s - 4 * t * (1 - t) * rise }
  })
}
