/** What Python sends of a comparison: `viz/comparison.py`, `viz/changes.py`, `viz/answers.py`. */
import type { Index, JsonNumber, Manifest, Paragraph } from "./types"

/** Another pass that this one is compared with: `viz/comparison.py`. */
export interface Compared {
  kind: "edit" | "weights" | "input" | "model"
  /** What the other is, in words. */
  title: string
  /** Id of both on the data routes. */
  pair: string
  /** What the other manifest has otherwise, and what it does not have. */
  manifest: Partial<Manifest>
  without: string[]
  /** Stages and weights of this pass without a counterpart of the same shape. */
  unlike: string[]
  /** Both have the very same stages in the same shapes. */
  alike: boolean
}

/** How much each stage differs, in the order computed. null where it has no counterpart. */
export interface Changes {
  /** The first that differs at all. */
  first: string | null
  stages: { name: string; most: JsonNumber | null; relative: JsonNumber | null; at: Index | null }[]
}

export interface Coming {
  id: number
  piece: string
  loss: JsonNumber
}

/** The likeliest tokens of two passes: those of this one first. */
export interface Answers {
  rows: {
    position: number
    piece: string
    other_piece: string
    scored: boolean
    /** Id of the other's likeliest token. */
    likeliest: number
    tokens: { id: number; piece: string; before: number; after: number }[]
    /** What really comes next in this pass and in the other, with its loss in nats; null where nothing does. */
    next: [Coming | null, Coming | null]
  }[]
  words: Paragraph[]
}
