import type { Say } from "../walkthrough/ui"

/** What a network that is not here spends its parameters on. `own`: how many the one that is here has. */
export function Spent({ title, spent, own, say }: { title: string; spent: Record<string, number>; own: number; say: Say }) {
  const all = Object.values(spent).reduce((sum, n) => sum + n, 0)
  return (
    <p>
      {say("scene_spent", { title, n: all.toLocaleString("en"), times: timesOf(all / Math.max(own, 1)) })}{" "}
      {Object.entries(spent)
        .map(([part, n]) => `${part} ${((100 * n) / all).toFixed(n / all < 0.01 ? 2 : 0)} %`)
        .join(", ")}
    </p>
  )
}

/** Two digits, and no more of them than that before the thousands. */
export function timesOf(ratio: number): string {
  return Number(ratio.toPrecision(2)).toLocaleString("en")
}
