/** The numbers of a matrix as a table: for screen readers, forced colours, and copying. A window around the cursor. */
import { useEffect, useState } from "preact/hooks"
import type { Range } from "../boxes"
import { isAbort, type Source } from "../data"
import { exact, short } from "../../format"
import { axisName } from "../places"
import type { Manifest } from "../types"
import { labelOf } from "./labels"
import type { Drawn, Line } from "./layout"
import type { Place } from "./marks"
import { load, peek, valueAt, wants } from "./sheet"
import type { PictureSay } from "./words"

export const MOST = 64

interface Props {
  manifest: Manifest
  source: Source
  drawn: Drawn
  around: Place
  caption: string
  say: PictureSay
}

/** At most 64 places around one of them. */
export function windowAround(line: Line | null, place: number): Range {
  const count = line?.count ?? 1
  const first = Math.min(Math.max(place - MOST / 2, 0), Math.max(count - MOST, 0))
  return [first, Math.min(first + MOST, count)]
}

export function Table({ manifest, source, drawn, around, caption, say }: Props) {
  const rows = windowAround(drawn.rows, around[0])
  const cols = windowAround(drawn.cols, around[1])
  const sheet = peek(source, drawn, rows, cols, null)
  const [, setLoaded] = useState(0)
  const [error, setError] = useState("")
  const asked = JSON.stringify(wants(drawn, rows, cols, null))
  useEffect(() => {
    if (sheet) return
    const stop = new AbortController()
    load(source, JSON.parse(asked), stop.signal)
      .then(() => setLoaded((n) => n + 1))
      .catch((problem: unknown) => isAbort(problem) || setError(String(problem instanceof Error ? problem.message : problem)))
    return () => stop.abort(new DOMException("left the view", "AbortError"))
  }, [asked])

  if (error) return <p role="alert">{error}</p>
  if (!sheet) return <p>{say("picture_waiting")}</p>
  const piece = (id: number) => source.peekPiece(id)
  const name = (line: Line | null, place: number) => {
    if (!line) return ""
    const label = labelOf(manifest, line, place, piece)
    const at = line.places?.[place] ?? place
    return label === String(at) ? label : `${at} ${label}`
  }
  const places = (range: Range) => Array.from({ length: range[1] - range[0] }, (_, i) => range[0] + i)
  const part = rows[1] - rows[0] < (drawn.rows?.count ?? 1) || cols[1] - cols[0] < (drawn.cols?.count ?? 1)
  return (
    <div class="cells-table" tabIndex={0} role="group" aria-label={caption}>
      <table>
        <caption>
          {caption}
          {part && ` · ${say("picture_table_part", { rows: `${rows[0]}–${rows[1] - 1}`, cols: `${cols[0]}–${cols[1] - 1}` })}`}
        </caption>
        {drawn.cols && (
          <thead>
            <tr>
              {drawn.rows && <td>{`${axisName(manifest, drawn.rows.axis)} \\ ${axisName(manifest, drawn.cols.axis)}`}</td>}
              {places(cols).map((col) => (
                <th key={col} scope="col">
                  {name(drawn.cols, col)}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {places(rows).map((row) => (
            <tr key={row}>
              {drawn.rows && <th scope="row">{name(drawn.rows, row)}</th>}
              {places(cols).map((col) => {
                const value = valueAt(sheet, row - rows[0], col - cols[0])
                return (
                  <td key={col} title={exact(value)}>
                    {short(value)}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
