import type { Beside } from "./beside"
import type { Say } from "../walkthrough/ui"

/** What a network that is not here spends its parameters on. */
export function Spent({ title, spent: { parts, own }, say }: { title: string; spent: NonNullable<Beside["spent"]>; say: Say }) {
  const all = Object.values(parts).reduce((sum, n) => sum + n, 0)
  return (
    <p>
      {say("scene_spent", { title, n: all.toLocaleString("en"), times: timesOf(all / Math.max(own, 1)) })}{" "}
      {Object.entries(parts)
        .map(([part, n]) => `${part} ${((100 * n) / all).toFixed(n / all < 0.01 ? 2 : 0)} %`)
        .join(", ")}
    </p>
  )
}

/** Two digits, and no more of them than that before the thousands. */
export function timesOf(ratio: number): string {
  return Number(ratio.toPrecision(2)).toLocaleString("en")
}
