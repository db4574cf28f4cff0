/** The algorithm of the paper that a stage belongs to, with the lines that it is. */
import { memo } from "../memo"
import type { StagePage } from "../types"
import type { Say } from "../ui"

export const Pseudo = memo(({ pseudo, say }: { pseudo: StagePage["pseudo"]; say: Say }) => {
  if (!pseudo) return <p class="quiet">{say("no_pseudocode")}</p>
  const current = new Set(pseudo.current)
  return (
    <figure class="pseudo">
      <figcaption>
        <b>{pseudo.algorithm}</b> <span class="quiet">{pseudo.source}</span>
      </figcaption>
      <ol>
        {pseudo.lines.map((line, number) => (
          <li key={number} aria-current={current.has(number) ? "true" : undefined}>
            {line}
          </li>
        ))}
      </ol>
      {pseudo.note && <p class="quiet">{pseudo.note}</p>}
    </figure>
  )
})
