import type { Say } from "../walkthrough/ui"

/** What a network that is not here spends its parameters on. */
export function Spent({ title, spent, say }: { title: string; spent: Record<string, number>; say: Say }) {
  const all = Object.values(spent).reduce((sum, n) => sum + n, 0)
  return (
    <p>
      {say("scene_spent", { title, n: all.toLocaleString("en") })}{" "}
      {Object.entries(spent)
        .map(([part, n]) => `${part} ${((100 * n) / all).toFixed(n / all < 0.01 ? 2 : 0)} %`)
        .join(", ")}
    </p>
  )
}
