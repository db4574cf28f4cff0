/** What the places along an axis are called: tokens along positions, pieces along a vocabulary, numbers elsewhere. */
import type { Manifest, Side } from "../types"

/** The name of the side whose tokens stand there; "vocabulary", "labels" or "patches"; or null: numbers. */
export type Tokens = Side["name"] | "vocabulary" | "labels" | "patches" | null

/** `weight`: the axis of a weight that is used for the stage `name`. Tables of positions have no tokens. */
export function tokensAlong(manifest: Manifest, name: string, axis: string, weight = false): Tokens {
  if (axis === "d_vocab") return "vocabulary"
  if (axis === "label") return manifest.labels ? "labels" : null
  if (axis === "patch" && !weight) return "patches"
  if (weight || !["position", "query", "key"].includes(axis)) return null
  if (manifest.sides.length < 2) return manifest.sides[0]?.name ?? null
  if (name.startsWith("encoder.")) return "encoder"
  // Keys of cross-attention, and the keys and values themselves, belong to the source.
  const [, inside] = name.split(".cross_attn.")
  const source = axis === "key" || /^(k|v|k_norm|rot_k)(\.|$)/.test(inside ?? "")
  return inside !== undefined && source ? "encoder" : "decoder"
}

export function sideOf(manifest: Manifest, tokens: Tokens): Side | undefined {
  return manifest.sides.find(({ name }) => name === tokens)
}

/** What stands at a place, without its number; "" where it has no name. */
export function pieceAt(manifest: Manifest, tokens: Tokens, place: number, piece: (id: number) => string | undefined): string {
  if (tokens === "vocabulary") return piece(place) ?? ""
  if (tokens === "labels") return manifest.labels?.[place] ?? ""
  if (tokens === "patches") return patchNames(manifest)[place] ?? ""
  return sideOf(manifest, tokens)?.pieces[place] ?? ""
}

/** What the patches of a picture are called, without the tokens in front of them. */
function patchNames(manifest: Manifest): string[] {
  const side = manifest.sides.find(({ patches }) => patches)
  return side ? side.pieces.slice(side.patches!.first) : []
}

/** Letters of a label on a matrix. */
export const LABEL = 12

/** U+2068 and U+2069 keep a right-to-left token from turning the numbers beside it around. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`
}

export function cut(text: string, longest = LABEL): string {
  const letters = [...text]
  return letters.length <= longest ? text : `${letters.slice(0, longest - 1).join("")}…`
}

/** Letters of the longest label along an axis. */
export function longestLabel(manifest: Manifest, tokens: Tokens, count: number): number {
  if (tokens === "vocabulary") return manifest.vocabulary ? longestOf(manifest.vocabulary) : LABEL
  if (tokens === "labels") return longestOf(manifest.labels ?? [])
  if (tokens === "patches") return longestOf(patchNames(manifest))
  return longestOf(sideOf(manifest, tokens)?.pieces ?? [String(Math.max(count - 1, 0))])
}

function longestOf(words: readonly string[]): number {
  // Letters of Chinese and emoji are twice as wide.
  const widths = words.map((word) => [...word].reduce((sum, letter) => sum + (letter.codePointAt(0)! > 0x2e7f ? 2 : 1), 0))
  return Math.min(Math.max(1, ...widths), LABEL)
}
