/** What a matrix says of itself, and of the cell under the cursor. */
import { short } from "../../format"
import { axisName } from "../places"
import type { Manifest } from "../types"
import { named } from "./board"
import { labelOf } from "./labels"
import type { Drawn, Line } from "./layout"
import type { Place } from "./marks"

/** "query 2 “B”, key 1 “A”: 0.25". `value`: null while it is on its way. */
export function spoken(
  manifest: Manifest,
  drawn: Drawn,
  place: Place,
  value: number | null,
  piece: (id: number) => string | undefined,
): string {
  const one = (line: Line | null, at: number) => {
    if (!line) return []
    const token = named(line.tokens) ? ` “${labelOf(manifest, line, at, piece)}”` : ""
    return [`${axisName(manifest, line.axis)} ${line.places?.[at] ?? at}${token}`]
  }
  const where = [...one(drawn.rows, place[0]), ...one(drawn.cols, place[1])]
  return `${where.join(", ")}: ${value === null ? "…" : short(value)}`
}

/** "query 6 × key 6" */
export function shape(manifest: Manifest, { rows, cols }: Drawn): string {
  return [rows, cols].flatMap((line) => (line ? [`${axisName(manifest, line.axis)} ${line.count}`] : [])).join(" × ")
}
