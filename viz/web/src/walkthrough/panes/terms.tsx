/** What a cell is made of, largest first, and the sum of it beside the value. */
import { useState } from "preact/hooks"
import { short } from "../../format"
import type { Source as Held } from "../data"
import { useFetched } from "../fetched"
import { isDifference } from "../compare"
import { memo } from "../memo"
import type { Explanation, Manifest, TermInfo } from "../types"
import type { Say } from "../ui"
import type { CellRef } from "../view"
import type { Walk } from "../walk"
import { cellName, digits, number, TERMS } from "./cell"

const AT_FIRST = 20
/** How many more each time. */
const MORE = 200

interface Props {
  explanation: Explanation
  source: Held
  manifest: Manifest
  walk: Walk
  say: Say
}

export const Terms = memo(({ explanation, source, manifest, walk, say }: Props) => {
  const [wanted, setWanted] = useState(AT_FIRST)
  const { name, index, n_terms: count, total } = explanation
  const more = useFetched(
    wanted > TERMS ? `${manifest.trace} ${manifest.language} ${cellName(explanation)} ${wanted}` : null,
    () => source.peekExplain(name, index, wanted),
    (signal) => source.explain(name, index, wanted, signal),
  )
  const terms = (more.value ?? explanation).terms.slice(0, wanted)
  if (count === 0) return <p class="quiet" data-no-terms>{say(isDifference(manifest) ? "no_terms_apart" : "no_terms")}</p>
  const from = { name, index }
  return (
    <div class="terms">
      <table data-op={explanation.op}>
        <caption>
          {say("made_of")} <span class="quiet">{say("n_terms", { n: count })}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col">{say("term")}</th>
            <th scope="col">{say(total === undefined ? "value" : "score")}</th>
            {total !== undefined && <th scope="col">{say("power")}</th>}
            <th scope="col">{total === undefined ? <span class="unseen">{say("share")}</span> : say("of_all")}</th>
          </tr>
        </thead>
        <tbody>
          {terms.map((term) => (
            <Term key={term.place} term={term} from={from} walk={walk} op={explanation.op} total={total} />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">
              {say(explanation.op === "sum" || explanation.op === "dot" ? "adds_up_to" : "recomputed")}
            </th>
            {total !== undefined && <td />}
            {total !== undefined && <td>{short(total, 5)}</td>}
            <td data-recomputed={digits(explanation.recomputed)}>{number(explanation.recomputed, 6)}</td>
            {total === undefined && <td />}
          </tr>
        </tfoot>
      </table>
      {more.error && (
        <p role="alert" class="problem">
          {say("problem", { words: more.error })}
        </p>
      )}
      {terms.length < count && (
        <button type="button" class="link" onClick={() => setWanted(Math.min(count, terms.length + MORE))}>
          {say("more_terms", { n: Math.min(count - terms.length, MORE), total: count })}
        </button>
      )}
    </div>
  )
})

interface TermProps {
  term: TermInfo
  from: CellRef
  walk: Walk
  op: string
  total: number | undefined
}

const Term = memo(({ term, from, walk, op, total }: TermProps) => (
  <tr data-term data-value={digits(term.value)} data-minus={term.share < 0}>
    <th scope="row">
      {isOwn(term) && <span>{term.label} </span>}
      {term.sources.map((source, place) => (
        <span key={`${source.name}[${source.index}]`}>
          {place > 0 && <i aria-hidden="true">{op === "dot" || op === "product" ? "× " : " "}</i>}
          <Source source={source} from={from} walk={walk} />
        </span>
      ))}
    </th>
    <td>{number(term.value, 5)}</td>
    {total !== undefined && <td>{short(term.share, 4)}</td>}
    <td>
      {total !== undefined && short(term.share / total, 4)}
      <i class="share" style={{ "--share": Math.abs(term.share) / (total ?? 1) }} />
    </td>
  </tr>
))

function Source({ source, from, walk }: { source: TermInfo["sources"][number]; from: CellRef; walk: Walk }) {
  const cell = { name: source.name, index: source.index }
  const light = () => walk.point(cell)
  const unlight = () => walk.point(null)
  return (
    <button
      type="button"
      class="source"
      title={cellName(cell)}
      onClick={() => walk.dispatch({ do: "into", from, cell })}
      onPointerEnter={light}
      onPointerLeave={unlight}
      onFocus={light}
      onBlur={unlight}
    >
      {source.name.slice(source.name.lastIndexOf(".") + 1)}
      <small>[{source.index.join(", ")}]</small> <b>{number(source.value)}</b>
    </button>
  )
}

/** Whether a label says more than the names of its sources, which stand beside it. */
function isOwn({ label, sources }: TermInfo): boolean {
  return sources.length === 0 || !label.includes("[")
}
