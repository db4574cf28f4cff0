/** What Python sends: `viz/manifest.py`, `viz/routes`, `viz/stage_page.py`. Names of stages and weights are full names. */
import type { Kind, TensorHeader } from "../decode"

export type Index = number[]
/** JSON cannot spell infinities: "-inf", "inf" and "nan" come as text. */
export type JsonNumber = number | string

/** A piece of prose. With `ref` it names a tensor (lit while pointed at); with `index` too, it quotes that very cell. */
export interface Segment {
  t: string
  ref?: string
  index?: Index
}
export type Paragraph = Segment[]

export interface StageInfo {
  name: string
  title: string
  axes: string[]
  shape: number[]
  kind: Kind
  /** Place in `Manifest.formulas`. */
  formula: number
  reads: string[]
  weights: string[]
  /** How the terms of a cell combine: sum, dot, product, softmax, lookup, select, rotate, activation, norm, route, input. */
  op: string
  same_as?: string
  /** Absent where there is no block. */
  layer?: number
  /** "" where there is one stack. */
  side: "" | "encoder" | "decoder"
  /** Key of the place's colour: `--gf-place-<place>`. */
  place: string
  /** Place in `Manifest.chapters`. */
  chapter: number
}

/** A run of consecutive steps: one kind of thing that happens, in one block. */
export interface ChapterInfo {
  /** Key of its text in `Manifest.texts`, such as "norm", "scores", "softmax". */
  key: string
  title: string
  layer?: number
  side: "" | "encoder" | "decoder"
  /** First and last step, both included. */
  first: number
  last: number
}

/** Links are templates, such as "{side}blocks.{layer}.attn.q": see `placed`. */
export interface ChapterText {
  title: string
  intro: Paragraph[]
  /** What happens at once, for all positions and heads. */
  once: Paragraph[]
  /** What is simplified, and what this does not prove. */
  honest: Paragraph[]
}

/** One press of "next". Most show a stage; the last ones look at the output in another way. */
export interface Step {
  stage: number
  show: "stage" | "predict" | "loss"
  chapter: number
}

export interface Side {
  name: "" | "encoder" | "decoder"
  title: string
  /** Name of its `tokens` stage; of a picture, of the stage whose rows are its tokens. */
  tokens: string
  pieces: string[]
  ids: number[]
  /** Positions of special tokens, such as the end of a text: no piece of what was typed. */
  special: number[]
  n_layers: number
  /** Where the input is a picture and these tokens are its patches. */
  patches?: Patches
}

/** How the tokens of a picture lie on it: row by row, perhaps after some that show nothing. */
export interface Patches {
  rows: number
  columns: number
  /** Tokens before the first patch, such as [CLS]. */
  first: number
  /** Each token in words, such as "row 1, column 2". */
  names: string[]
  /** Width and height of a patch in pixels. */
  shape: [number, number]
  /** The picture as the model takes it in, one pixel a pixel: a data URL. */
  picture: string
}

export interface WeightInfo {
  axes: string[]
  shape: number[]
  kind: Kind
  title: string
}

export interface Manifest {
  version: 1
  /** Id of the trace on the data routes. */
  trace: string
  language: string
  languages: { code: string; name: string }[]
  model: { key: string; title: string; subtitle: string; architecture: string; weights: "" | "shuffled" | "random" }
  sides: Side[]
  stages: StageInfo[]
  steps: Step[]
  chapters: ChapterInfo[]
  texts: Record<string, ChapterText>
  formulas: string[]
  weights: Record<string, WeightInfo>
  /** By the name that code has for them. `name` is the same in few words of the language, `title` in full. */
  axes: Record<string, { name: string; title: string; colour: string }>
  /** What `StageInfo.place` and `StageInfo.side` are called, in few words; norms have no name in common. */
  places: Record<string, string>
  /** Every word of the interface, in the language. Keys are listed in `ui.ts`. */
  ui: Record<string, string>
  /** Pieces by id, where the vocabulary is small (512 at most). Otherwise see `Source.pieces`. */
  vocabulary?: string[]
  /** What the labels of a classifier are called, where its card says it. */
  labels?: string[]
  /** Whether the model may write behind this input; absent where it scores no vocabulary, or nobody could run it. */
  writing?: WritingInfo
  /** What the query of the link asked for; the fragment of the link goes before it. */
  start: { stage?: string; cell?: Index; head?: number; token?: number; space?: true }
  /** Where a trace was opened without its weights: why cells cannot be worked out, and how to get them. */
  missing?: string
  /** What the link asks for is not here, or not yet: this is shown in its place. */
  stands_in?: true
  /** Of a difference of two traces, made in the browser: stages and weights without a counterpart in the other. */
  unlike?: ReadonlySet<string>
}

export interface WritingInfo {
  /** The stack whose input grows. */
  side: Side["name"]
  /** Ids that the model has written behind what was typed. */
  written: number[]
  /**
   * busy: the link asks for another pass, which is not there yet or cannot be made. missing: its weights are not here.
   * ended: what it wrote last ends the text.
   */
  state: "ready" | "busy" | "full" | "missing" | "ended"
  /** What the end token stands for, where it has ended. */
  end?: string
  /** Tokens that fit. */
  longest: number
}

/** What the next token is chosen from: `viz/next_token.py`. */
export interface Choice {
  /** Where it is read off: this row of this stage. */
  stage: string
  position: number
  drawn: number
  piece: string
  /** It ends the text. */
  stop: boolean
  greedy: boolean
  /** In order; the first is "model". `kept`: how many tokens have a chance after it. */
  filters: { name: string; kept: number }[]
  /** Likeliest first; the last may be one that was drawn from further down. One probability a filter. */
  rows: { id: number; piece: string; probs: number[] }[]
}

/** What is the same as in a trace with fewer tokens: `viz/growth.py`. */
export interface Grown {
  side: Side["name"]
  first: number
  /** Keys and values -> how many of their rows have the same numbers. */
  kept: Record<string, number>
  /** Those that changed -> by what share of their largest number. */
  changed: Record<string, number>
  apart: number
}

/** Colour range of a whole tensor. */
export interface Limits {
  low: number
  high: number
  /** The 99.5th percentile of |x|, never 0: what the strongest colour stands for unless the full range is asked for. */
  robust: number
  /** How many cells lie beyond `robust`. */
  clipped: number
}

/** Header of a tensor that came from `cells`, `weights` or `overview`. */
export interface WindowHeader extends TensorHeader {
  /** axis -> place of its first cell in the whole tensor (or the place that was chosen, for an axis that is gone). */
  origin: Record<string, number>
  limits: Limits
  /** `overview` only: cells that each number stands for, per axis. The number is the one of largest magnitude. */
  bin?: number[]
}

export interface StagePage {
  name: string
  /** "Block 0 of 3 · attention" */
  place: string
  words: Paragraph[]
  facts: Paragraph[]
  /** LaTeX. */
  formula: string
  code: { path: string; function: string; lines: [number, string][] }[]
  pseudo: { algorithm: string; source: string; lines: string[]; current: number[]; note: string } | null
  guess: Guess | null
  /** A cell worth pinning first. */
  choice: Index
}

export interface Guess {
  /** Stable within the trace, such as "next" or "look". */
  key: string
  question: Paragraph
  options: string[]
  /** Which option is right. */
  answer: number
  reveal: Paragraph[]
}

export interface TermInfo {
  /** Its place in the order of computation. */
  place: number
  label: string
  value: JsonNumber
  /** -1 to 1, of the largest. */
  share: number
  sources: { name: string; index: Index; value: JsonNumber }[]
}

export interface Explanation {
  name: string
  index: Index
  value: JsonNumber
  /** The shortest decimal that reads back as the same float32. */
  text: string
  formula: string
  op: string
  recomputed: JsonNumber
  n_terms: number
  /** Of a softmax: what e^(score − largest score) adds up to. The share of its terms is that very power. */
  total?: number
  /** Largest first. */
  terms: TermInfo[]
  /** The formula with this cell's numbers, LaTeX. */
  worked: string
  /** What the terms are, in a sentence. */
  words: string
  /** Where it is, such as [["query", "4 “B”"], ["key", "2 “A”"]]. */
  places: [axis: string, words: string][]
  /** Of a difference: the number here, and in the other. */
  this?: string
  other?: string
}

/** Cells of one stage that are computed from a cell: a place or a range (both ends included) along each axis. */
export interface Reader {
  name: string
  title: string
  axes: string[]
  ranges: [first: number, last: number][]
  count: number
  /** One of them, to step into. */
  example: Index
}

export interface Readout {
  /** Stage that the rows are read from: "probs" or "logits". */
  name: string
  title: string
  rows: {
    position: number
    piece: string
    top: { id: number; piece: string; logit: number; prob: number }[]
    /** The token that really comes next in the input; null at the end, or where outputs are not about the next token. */
    next: { id: number; piece: string; prob: number; rank: number; loss: number } | null
    /** False where the model was never trained to answer: such a row counts for nothing. */
    scored?: boolean
  }[]
  mean_loss: number | null
  words: Paragraph[]
}
