/** One query, one head: its scores, what the mask leaves, the weights, and what each key's value adds; with arcs. */
import { useEffect, useRef, useState } from "preact/hooks"
import { css, inkOn } from "../../colour"
import { exact, short } from "../../format"
import { isAbort, type Source, type Window } from "../data"
import { memo } from "../memo"
import { stageNamed } from "../places"
import type { Explanation, Manifest, Side } from "../types"
import type { CellRef, View } from "../view"
import { Heat } from "./heat"
import { beyond, brief, colourFor, limitOf, type Look } from "./paint"
import { type Near, useNear } from "./room"
import { addends, arcs, type StripParts } from "./strips"
import { cut, sideOf, tokensAlong } from "./tokens"
import type { PictureSay } from "./words"

interface Props {
  manifest: Manifest
  source: Source
  parts: StripParts
  head: number
  /** The token that looks; null: the last one. */
  token: number | null
  near: Near
  dark: boolean
  range: View["range"]
  say: PictureSay
  onPin: (cell: CellRef) => void
  onToken: (token: number | null) => void
}

const COLUMN = 52
const ARCS = 84

export const Strip = memo((props: Props) => {
  const { manifest, parts, head, token, near, say } = props
  const place = useRef<HTMLElement>(null)
  const shown = useNear(place, near, "strip")
  const query = Math.min(token ?? parts.queries - 1, parts.queries - 1)
  const queries = sideOf(manifest, tokensAlong(manifest, parts.pattern, "query"))
  const looking = `${query} “${piece(queries, query)}”`
  const title = say("strip_title", { token: looking, head })
  return (
    <section class="strip" ref={place}>
      <h3>{title}</h3>
      {token === null && <p class="aside">{say("strip_choose")}</p>}
      {shown ? <Rows {...props} query={query} looking={looking} title={title} /> : <div class="later" />}
    </section>
  )
})

interface RowsProps extends Props {
  query: number
  /** The token that looks, in words. */
  looking: string
  title: string
}

function Rows({ manifest, source, parts, head, query, looking, title, dark, range, say, onPin, onToken }: RowsProps) {
  const [dimension, setDimension] = useState(0)
  const d = Math.min(dimension, Math.max(parts.width - 1, 0))
  const { windows, terms, problem } = useStrip(source, parts, head, query, d)
  const keys = sideOf(manifest, tokensAlong(manifest, parts.pattern, "key"))
  const same = keys === sideOf(manifest, tokensAlong(manifest, parts.pattern, "query"))
  const weights = windows.get(parts.pattern)?.values
  const width = parts.keys * COLUMN
  const added = terms ? addends(terms, parts.pattern, parts.keys) : null
  const largest = Math.max(1e-30, ...(added ?? []).map((value) => Math.abs(value ?? 0)))
  return (
    <>
      {problem && <p role="alert">{say("picture_error", { problem })}</p>}
      {keys?.patches && weights && (
        <Heat
          side={keys}
          patches={keys.patches}
          weights={weights}
          look={{ kind: "probability", limit: 1, dark, clipped: false }}
          say={say}
          onPin={(key) => onPin({ name: parts.pattern, index: [head, query, key] })}
        />
      )}
      <div class="scroll" data-scrolls tabIndex={0} role="group" aria-label={title}>
        <table style={{ "--column": `${COLUMN}px` }}>
          <thead>
            <tr>
              <td />
              <td colSpan={parts.keys} class="arcs">
                <svg width={width} height={ARCS} role="img" aria-label={say("strip_arcs")}>
                  {!same && <text x={width / 2} y={11} text-anchor="middle">{looking}</text>}
                  {weights &&
                    arcs(weights, same ? query : null, COLUMN, ARCS).map(({ key, path, width: stroke }) => (
                      <path key={key} d={path} stroke-width={stroke}>
                        <title>{`${piece(keys, key)}: ${short(weights[key]!)}`}</title>
                      </path>
                    ))}
                </svg>
              </td>
            </tr>
            <tr>
              <th scope="col">{say("picture_key")}</th>
              {Array.from({ length: parts.keys }, (_, key) => (
                <th key={key} scope="col" class={same && key === query ? "query" : ""}>
                  {same ? (
                    <button type="button" class="link" onClick={() => onToken(key)}>
                      <bdi>{piece(keys, key)}</bdi>
                    </button>
                  ) : (
                    <bdi>{piece(keys, key)}</bdi>
                  )}
                  <small>{key}</small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {parts.rows.map(({ name, word }) => {
              const window = windows.get(name)
              const kind = stageNamed(manifest, name)!.kind
              const look: Look = { kind, limit: window ? limitOf(kind, window.limits, range) : 1, dark, clipped: range === "robust" }
              const scores = windows.get(parts.rows.find((row) => row.word === "strip_masked_scores")?.name ?? "")
              return (
                <tr key={name} data-name={name}>
                  <th scope="row" title={name}>
                    {say(word)}
                  </th>
                  {Array.from({ length: parts.keys }, (_, key) => {
                    const masked = kind === "probability" && window?.values[key] === 0 && scores?.values[key] === Number.NEGATIVE_INFINITY
                    return (
                      <Cell key={key} value={window?.values[key]} look={look} masked={masked} say={say} onPin={() => onPin({ name, index: [head, query, key] })} />
                    )
                  })}
                </tr>
              )
            })}
            {parts.values && (
              <tr>
                <th scope="row" title={parts.values}>
                  {say("strip_values")}
                  <span class="dimension">
                    <button type="button" aria-label="−" disabled={d === 0} onClick={() => setDimension(d - 1)}>
                      −
                    </button>
                    <span>d_head {d}</span>
                    <button type="button" aria-label="+" disabled={d >= parts.width - 1} onClick={() => setDimension(d + 1)}>
                      +
                    </button>
                  </span>
                </th>
                {Array.from({ length: parts.keys }, (_, key) => (
                  <Cell
                    key={key}
                    value={added?.[key] ?? (added ? Number.NEGATIVE_INFINITY : undefined)}
                    look={{ kind: "signed", limit: largest, dark, clipped: false }}
                    masked={false}
                    say={say}
                    onPin={() => onPin({ name: parts.values!, index: [query, head, d] })}
                  />
                ))}
              </tr>
            )}
          </tbody>
        </table>
      </div>
      {terms && parts.values && <p class="aside">{say("strip_values_help", { sum: terms.text, d })}</p>}
    </>
  )
}

function piece(side: Side | undefined, place: number): string {
  return side ? cut(side.pieces[place] ?? "", 8) : String(place)
}

function Cell({ value, look, masked, say, onPin }: { value: number | undefined; look: Look; masked: boolean; say: PictureSay; onPin: () => void }) {
  if (value === undefined) return <td class="waiting" />
  const colour = masked ? null : colourFor(value, look)
  const style = colour ? { background: css(colour), color: inkOn(colour) } : {}
  const text = colour ? brief(value) : Number.isNaN(value) ? "NaN" : masked ? "0" : "−∞"
  return (
    <td class={colour ? (look.clipped && beyond(value, look) ? "beyond" : "") : "hatched"} style={style} data-value={exact(value)}>
      <button type="button" title={colour ? exact(value) : say("picture_masked")} onClick={onPin}>
        {text}
      </button>
    </td>
  )
}

interface Read {
  windows: Map<string, Window>
  terms: Explanation | undefined
  problem: string
}

/** The row of each stage, and how one weighted value came about. */
function useStrip(source: Source, parts: StripParts, head: number, query: number, d: number): Read {
  const [, setLoaded] = useState(0)
  const [problem, setProblem] = useState("")
  const ranges = { head, query }
  const index = [query, head, d]
  // All terms: one a key.
  const most = Math.max(parts.keys, 1)
  useEffect(() => {
    const stop = new AbortController()
    const asked: Promise<unknown>[] = parts.rows.map(({ name }) => source.cells(name, ranges, stop.signal))
    if (parts.values) asked.push(source.explain(parts.values, index, most, stop.signal))
    setProblem("")
    Promise.all(asked)
      .catch((error: unknown) => isAbort(error) || setProblem(error instanceof Error ? error.message : String(error)))
      .finally(() => setLoaded((n) => n + 1))
    return () => stop.abort(new DOMException("left the view", "AbortError"))
  }, [source, parts, head, query, d])
  const held = parts.rows.flatMap(({ name }) => {
    const window = source.peekCells(name, ranges)
    return window ? [[name, window] as const] : []
  })
  useEffect(() => {
    for (const [name] of held) source.show({ name, ranges })
  }, [source, parts, head, query, held.length])
  return { windows: new Map(held), terms: parts.values ? source.peekExplain(parts.values, index, most) : undefined, problem }
}
