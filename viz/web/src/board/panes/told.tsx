/** What is said rather than drawn: a table whose numbers follow the cursors, and formulas. */
import { useEffect, useState } from "preact/hooks"
import { exact, short } from "../../format"
import { Formula } from "../../walkthrough/panes/formula"
import { useSignal } from "../../walkthrough/signal"
import { filled, type CursorState } from "../cursors"
import { product, valueAt } from "../slice"
import type { Board, Cursors, FormulaPanel, TablePanel, TableRow } from "../types"
import { ask } from "../worked"

export function TableView({ board, panel, state }: { board: Board; panel: TablePanel; state: CursorState }) {
  const { shown } = useSignal(state.places)
  const put = (text: string) => filled(text, board.axes, shown)
  return (
    <section class="panel table" data-panel={panel.id} aria-label={panel.alt || panel.title}>
      {panel.title && <h4>{put(panel.title)}</h4>}
      <div class="numbers open" role="region" tabIndex={0} aria-label={panel.title || panel.alt}>
        <table>
          {panel.head.length > 0 && (
            <thead>
              <tr>
                {panel.head.map((word) => (
                  <th key={word} scope="col">
                    {put(word)}
                  </th>
                ))}
              </tr>
            </thead>
          )}
          <tbody>
            {panel.rows.map((row) => (
              <tr key={row.label}>
                <th scope="row">{put(row.label)}</th>
                <Cell board={board} row={row} shown={shown} hidden={panel.hidden} />
                {row.more.map((words, i) => (
                  <td key={i}>{words}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {panel.note && <p class="note">{panel.note}</p>}
    </section>
  )
}

function Cell({ board, row, shown, hidden }: { board: Board; row: TableRow; shown: Cursors; hidden: string }) {
  if (row.words) return <td>{row.words[1][shown[row.words[0]] ?? -1] ?? ""}</td>
  if (row.values === null) return null
  const value = row.times === null ? valueAt(board, row.values, shown) : product(board, row.values, row.times, shown)
  if (value === null) return <td data-value="">nothing there</td>
  return <td data-value={exact(Math.fround(value))}>{Number.isNaN(value) ? hidden : short(value, 5)}</td>
}

export function FormulaView({ panel, state }: { panel: FormulaPanel; state: CursorState }) {
  const { shown } = useSignal(state.places)
  const asked = panel.source && `${panel.source}?${panel.axes.map((axis) => `${axis}=${shown[axis] ?? 0}`).join("&")}`
  const found = useAnswer(asked)
  const said = found?.said
  return (
    <section
      class="panel formula-panel"
      data-panel={panel.id}
      data-asked={asked}
      data-waiting={found !== null && found.asked !== asked}
      data-value={said && "value" in said ? said.value : undefined}
      aria-label={panel.alt || panel.title}
    >
      {panel.title && <h4>{panel.title}</h4>}
      {panel.latex && <Formula latex={panel.latex} />}
      {said && "problem" in said && <p role="alert">{said.problem}</p>}
      {said && "latex" in said && (
        <>
          <Formula latex={said.general} />
          <Formula latex={said.latex} />
        </>
      )}
      {panel.note && <p class="note">{panel.note}</p>}
    </section>
  )
}

type Answer = { asked: string; said: { general: string; latex: string; value: string } | { problem: string } }

/** The last answer stays until the next is there, so that nothing blinks while a cursor moves. */
function useAnswer(asked: string): Answer | null {
  const [found, setFound] = useState<Answer | null>(null)
  useEffect(() => {
    if (!asked) return
    const stop = new AbortController()
    ask(asked, stop.signal).then(
      (said) => {
        if (!stop.signal.aborted) setFound({ asked, said })
      },
      (error: unknown) => {
        if (stop.signal.aborted) return
        setFound({ asked, said: { problem: error instanceof Error ? error.message : String(error) } })
      },
    )
    return () => stop.abort()
  }, [asked])
  return found
}
