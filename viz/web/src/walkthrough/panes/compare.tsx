/** Above the panes: which of two passes is shown, how they differ, where that begins, and what it does to the answer. */
import { useState } from "preact/hooks"
import { type Comparing, END, WHICH } from "../compare"
import { useFetched } from "../fetched"
import { memo } from "../memo"
import type { Answers } from "../compared"
import type { Manifest } from "../types"
import type { Say } from "../ui"
import { stageNow, type View } from "../view"
import type { Walk } from "../walk"
import { AnswersTables, movedToken } from "./answers"
import { ChangesTable } from "./changes"

interface Props {
  compared: Comparing
  manifest: Manifest
  walk: Walk
  view: View
  say: Say
}

export const CompareBar = memo(({ compared, manifest, walk, view, say }: Props) => {
  const { told, measured, sides } = compared
  const { value, error } = useFetched(`${told.pair} changes`, () => measured.peekChanges(), (signal) => measured.changes(signal))
  const answers = useAnswers(compared).value
  const [open, setOpen] = useState<"stages" | "answers" | null>(null)
  const folder = (which: "stages" | "answers") => ({
    type: "button" as const,
    class: "fold",
    "aria-expanded": open === which,
    onClick: () => setOpen(open === which ? null : which),
  })
  const first = value?.stages.find(({ name }) => name === value.first)
  const row = answers?.rows[Math.min(view.token ?? Infinity, answers.rows.length - 1)]
  return (
    <section class="compare" aria-label={say("compare")} data-compare={view.which}>
      <div class="line">
        <div class="looks" role="group" aria-label={say("compare_which")}>
          {WHICH.map((which) => (
            <button
              key={which}
              type="button"
              aria-pressed={view.which === which}
              disabled={which === "difference" && told.unlike.length >= manifest.stages.length}
              onClick={() => walk.dispatch({ do: "which", which })}
            >
              {say(`compare_${which}`)}
            </button>
          ))}
        </div>
        <b class="other">{told.title}</b>
        {walk.onCompare && (
          <button type="button" class="tool" aria-label={say("compare_end")} title={say("compare_end")} onClick={() => walk.onCompare!(END)}>
            ×
          </button>
        )}
      </div>
      {error && (
        <p role="alert" class="problem">
          {say("problem", { words: error })}
        </p>
      )}
      {value?.stages.some(({ most }) => most !== null) && (
        <div class="line">
          <p data-first={first?.name ?? ""}>
            {first ? say("compare_first") : say("compare_same")}{" "}
            {first && (
              <button type="button" class="link" onClick={() => walk.dispatch({ do: "stage", name: first.name, ...(first.at ? { index: first.at } : {}) })}>
                {sides.this.manifest.stages.find(({ name }) => name === first.name)?.title} <code>{first.name}</code>
              </button>
            )}
          </p>
          {first && <button {...folder("stages")}>{say("compare_stages")}</button>}
          {row && (
            <button {...folder("answers")} data-answer>
              {say("compare_answer", { n: row.position })} {row.tokens.slice(0, 3).map(movedToken)}
            </button>
          )}
        </div>
      )}
      {open === "stages" && value && (
        <ChangesTable changes={value} manifest={manifest} walk={walk} now={stageNow(view, manifest).name} say={say} />
      )}
      {open === "answers" && answers && (
        <AnswersTables show="predict" answers={answers} chosen={view.token} say={say} onToken={(token) => walk.dispatch({ do: "token", token })} />
      )}
      {!told.alike && <p class="quiet">{say("compare_unlike")}</p>}
      {view.which === "difference" && !view.space && <p class="quiet small">{say("compare_words")}</p>}
    </section>
  )
})

/** No rows where the two have no vocabulary in common. */
export function useAnswers({ told, measured }: Comparing): { value: Answers | undefined; error: string | undefined } {
  return useFetched(`${told.pair} answers`, () => measured.peekAnswers(), (signal) => measured.answers(signal))
}
