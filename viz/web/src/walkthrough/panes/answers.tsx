/** What two passes predict, side by side: the likeliest tokens of both and how far their chances moved. */
import { useLayoutEffect } from "preact/hooks"
import { css, diverging } from "../../colour"
import type { Comparing } from "../compare"
import { percent, Position } from "../picture/readout"
import type { Answers } from "../compared"
import type { Say } from "../ui"
import { useAnswers } from "./compare"

type Row = Answers["rows"][number]
/** Mid-tones, which are seen on a light and on a dark page. */
const UP = css(diverging(2 / 3, false))
const DOWN = css(diverging(-2 / 3, false))

interface TableProps {
  answers: Answers
  chosen: number | null
  say: Say
  onToken: (token: number | null) => void
}

export function AnswersTable({ answers, chosen, say, onToken }: TableProps) {
  return (
    <div class="scroll" data-scrolls tabIndex={0} role="group" aria-label={say("compare_answers")}>
      {answers.words.map((paragraph, at) => (
        <p key={at}>{paragraph.map(({ t }) => t).join("")}</p>
      ))}
      <table class="answers">
        <thead>
          <tr>
            <th scope="col">{say("compare_position")}</th>
            <th scope="col" colSpan={2}>
              {say("compare_likeliest")}
            </th>
            <th scope="col">{say("compare_moved")}</th>
          </tr>
        </thead>
        <tbody>
          {answers.rows.map((row) => (
            <tr key={row.position} data-scored={row.scored} data-position={row.position} aria-current={row.position === chosen ? "true" : undefined}>
              <Position position={row.position} piece={row.piece === row.other_piece ? row.piece : `${row.piece} / ${row.other_piece}`} onToken={onToken} />
              <td>
                <bdi>{row.tokens[0]!.piece}</bdi>
              </td>
              <td class={row.tokens[0]!.id === row.likeliest ? "quiet" : ""}>
                → <bdi>{row.tokens.find(({ id }) => id === row.likeliest)!.piece}</bdi>
              </td>
              <td>{row.tokens.map(movedToken)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** "A 93 % → 41 %", with a bar as long as the chance moved, in the colour of its direction. */
export function movedToken({ id, piece, before, after }: Row["tokens"][number]) {
  const moved = after - before
  return (
    <span key={id} class="moved" data-token={id} data-before={before} data-after={after}>
      <bdi>{piece}</bdi> {percent(before)} → {percent(after)}
      <i aria-hidden="true" style={{ width: `${100 * Math.min(Math.abs(moved), 1)}%`, background: moved < 0 ? DOWN : UP }} />
    </span>
  )
}

/** In the place of the picture, where the step is the answer and the difference is shown. */
export function AnswersPane({ compared, chosen, say, onToken, onReady }: Omit<TableProps, "answers"> & { compared: Comparing; onReady: () => void }) {
  const { value, error } = useAnswers(compared)
  useLayoutEffect(() => {
    if (value || error) onReady()
  }, [value, error])
  if (error) return <p role="alert">{error}</p>
  if (!value) return <p class="quiet">{say("loading")}</p>
  if (!value.rows.length) return <p class="cover">{say("compare_none")}</p>
  return (
    <div class="compare">
      <AnswersTable answers={value} chosen={chosen} say={say} onToken={onToken} />
    </div>
  )
}
