/** The attention strip: which stages it is read from, and what each key adds to one weighted value. Pure. */
import { parsed } from "../../format"
import { isDifference } from "../compare"
import { stageNamed } from "../places"
import type { Explanation, Manifest, StageInfo } from "../types"
import type { PictureWord } from "./words"

export interface StripParts {
  /** In the order computed; those that this attention has. */
  rows: { name: string; word: PictureWord }[]
  pattern: string
  /** The stage of the weighted values, where it has one axis of dimensions. */
  values: string | null
  queries: number
  keys: number
  heads: number
  /** Dimensions of a value. */
  width: number
}

const ROWS: [last: string, word: PictureWord][] = [
  ["qk", "strip_scores"],
  ["capped", "strip_capped"],
  ["bias", "strip_bias"],
  ["attn_scores", "strip_masked_scores"],
  ["pattern", "strip_weights"],
]
const SHOWN_AT = new Set([...ROWS.map(([last]) => last), "z"])

/** Null for stages that are not about who looks at whom. */
export function stripOf(manifest: Manifest, stage: StageInfo): StripParts | null {
  const [, part, last] = /^(.*attn)\.(\w+)$/.exec(stage.name) ?? []
  // Differences of shares are no shares.
  if (!part || !SHOWN_AT.has(last!) || isDifference(manifest)) return null
  const pattern = stageNamed(manifest, `${part}.pattern`)
  if (!pattern || pattern.axes.join() !== "head,query,key") return null
  const [heads, queries, keys] = pattern.shape as [number, number, number]
  const values = stageNamed(manifest, `${part}.z`)
  return {
    rows: ROWS.flatMap(([name, word]) => (stageNamed(manifest, `${part}.${name}`) ? [{ name: `${part}.${name}`, word }] : [])),
    pattern: pattern.name,
    values: values?.axes.join() === "position,head,d_head" ? values.name : null,
    queries,
    keys,
    heads,
    width: values?.shape[2] ?? 0,
  }
}

/** What each key adds to one weighted value: read off the terms of its explanation. Keys without a term add nothing. */
export function addends({ terms }: Explanation, pattern: string, keys: number): (number | null)[] {
  const found = Array<number | null>(keys).fill(null)
  for (const { value, sources } of terms) {
    const key = sources.find(({ name }) => name === pattern)?.index[2]
    if (key !== undefined && key < keys) found[key] = parsed(value)
  }
  return found
}

export interface Arc {
  key: number
  path: string
  /** Stroke width: the weight, of `THICKEST`. */
  width: number
}

export const THICKEST = 9
const SMALLEST_WEIGHT = 0.005

/** From the query's token to each key's, `column` pixels apart; `from` is null where the query is of another text. */
export function arcs(weights: ArrayLike<number>, from: number | null, column: number, height: number): Arc[] {
  const middle = (key: number) => (key + 0.5) * column
  const start = from === null ? (weights.length * column) / 2 : middle(from)
  return Array.from(weights).flatMap((weight, key) => {
    if (!(weight > SMALLEST_WEIGHT)) return []
    const end = middle(key)
    const lift = Math.min(height - 6, 14 + Math.abs(end - start) * 0.35)
    const path =
      from === null
        ? `M ${start} 2 C ${start} ${height / 2}, ${end} ${height / 2}, ${end} ${height}`
        : end === start
          ? `M ${start - 5} ${height} C ${start - 14} ${height - 26}, ${start + 14} ${height - 26}, ${start + 5} ${height}`
          : `M ${start} ${height} C ${start} ${height - lift * 1.3}, ${end} ${height - lift * 1.3}, ${end} ${height}`
    return [{ key, path, width: Math.max(weight * THICKEST, 0.75) }]
  })
}
