/** What two passes predict, side by side: the likeliest tokens of both and how far their chances moved. */
import { useLayoutEffect } from "preact/hooks"
import { css, diverging } from "../../colour"
import { parsed, short } from "../../format"
import type { Comparing } from "../compare"
import { percent, Position } from "../picture/readout"
import type { Answers, Coming } from "../compared"
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

/** What the row of a position is called, and whether it counts. */
function rowOf({ position, scored }: Row, chosen: number | null) {
  return { "data-scored": scored, "data-position": position, "aria-current": position === chosen ? ("true" as const) : undefined }
}

/** One word where both are the same. */
function both(here: string, there: string): string {
  return here === there ? here : `${here} / ${there}`
}

/** How surprised both passes are of what really comes next, and which more. */
function LossesTable({ answers, chosen, say, onToken }: TableProps) {
  const gains = answers.rows.map(({ next: [before, after] }) => (before && after ? parsed(after.loss) - parsed(before.loss) : 0))
  const most = Math.max(1e-9, ...gains.filter(Number.isFinite).map(Math.abs))
  return (
    <table class="answers">
      <thead>
        <tr>
          <th scope="col">{say("compare_position")}</th>
          <th scope="col">{say("readout_next")}</th>
          <th scope="col">{say("compare_losses")}</th>
          <th scope="col">{say("compare_more")}</th>
        </tr>
      </thead>
      <tbody>
        {answers.rows.map((row, at) => (
          <tr key={row.position} {...rowOf(row, chosen)}>
            <Position position={row.position} piece={both(row.piece, row.other_piece)} onToken={onToken} />
            {row.next[0] && row.next[1] ? (
              <Surprise before={row.next[0]} after={row.next[1]} gain={gains[at]!} most={most} />
            ) : (
              <td colSpan={3} class="quiet">
                {say("readout_no_next")}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Surprise({ before, after, gain, most }: { before: Coming; after: Coming; gain: number; most: number }) {
  return (
    <>
      <td>
        <bdi>{both(before.piece, after.piece)}</bdi>
      </td>
      <td data-before={before.loss} data-after={after.loss}>
        {short(parsed(before.loss))} → {short(parsed(after.loss))}
      </td>
      <td>
        <span class="moved">
          {gain > 0 ? "+" : ""}
          {short(gain)}
          <i aria-hidden="true" style={{ width: `${100 * Math.min(Math.abs(gain) / most, 1)}%`, background: gain < 0 ? DOWN : UP }} />
        </span>
      </td>
    </>
  )
}

function AnswersTable({ answers, chosen, say, onToken }: TableProps) {
  return (
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
          <tr key={row.position} {...rowOf(row, chosen)}>
            <Position position={row.position} piece={both(row.piece, row.other_piece)} onToken={onToken} />
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
  )
}

/** What both predict, or how surprised they are, with words about it. */
export function AnswersTables({ show, ...table }: TableProps & { show: "predict" | "loss" }) {
  return (
    <div class="scroll" data-scrolls tabIndex={0} role="group" aria-label={table.say("compare_answers")}>
      {table.answers.words.map((paragraph, at) => (
        <p key={at}>{paragraph.map(({ t }) => t).join("")}</p>
      ))}
      {show === "loss" ? <LossesTable {...table} /> : <AnswersTable {...table} />}
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
export function AnswersPane({ compared, onReady, ...rest }: Omit<Parameters<typeof AnswersTables>[0], "answers"> & { compared: Comparing; onReady: () => void }) {
  const { value, error } = useAnswers(compared)
  useLayoutEffect(() => {
    if (value || error) onReady()
  }, [value, error])
  if (error) return <p role="alert">{error}</p>
  if (!value) return <p class="quiet">{rest.say("loading")}</p>
  if (!value.rows.length) return <p class="cover">{rest.say("compare_none")}</p>
  return (
    <div class="compare">
      <AnswersTables answers={value} {...rest} />
    </div>
  )
}
