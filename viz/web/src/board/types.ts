/** What Python sends (viz/board.py): axes with a cursor each, and panels of numbers over these axes. */
import type { Tensor } from "../decode"

export interface Axis {
  size: number
  title: string
  at: number
  /** What places are called; without, their numbers. */
  marks: string[] | null
  /** Where places lie along a curve; without, at their numbers. */
  places: number[] | null
  play: boolean
  slider: boolean
  follow: boolean
  /** This cursor is where the first stands less where the second does. */
  minus: [string, string] | null
}

interface Common {
  id: string
  title: string
  alt: string
  note: string
  heading: string
  wide: boolean
  /** Below the panel before, in its place. */
  under: boolean
}

export interface MatrixPanel extends Common {
  kind: "matrix"
  values: string
  drawn: [rows: string, cols: string]
  signed: boolean
  limit: number
  hidden: string
}

export interface Look {
  color: string
  dash: "solid" | "dash" | "dot" | "dashdot"
  faint: boolean
}

export interface Series extends Look {
  name: string
  values: string
  low: string | null
  high: string | null
  /** Its points lie here, not at the places of the axis. */
  xs: string | null
}

export interface LinesPanel extends Common {
  kind: "lines"
  along: string
  series: Series[]
  x: string
  y: string
  span: [low: number, high: number]
  rules: [place: number, words: string][]
  levels: [place: number, words: string][]
  bars: boolean
}

export interface ClocksPanel extends Common {
  kind: "clocks"
  hands: string
  pair: string
  said: { name: string; values: string }[]
  /** Length of the longest hand, at least 1. */
  limit: number
}

export interface ArrowsPanel extends Common {
  kind: "arrows"
  arrows: ({ name: string; values: string } & Look)[]
  limit: number
  x: string
  y: string
  product: [number, number] | null
}

export interface GraphPanel extends Common {
  kind: "graph"
  where: string
  /** One that leads both ways is there twice. */
  edges: [from: number, to: number][]
  node: string
  values: string
  imaginary: string | null
  limit: number
}

export interface TableRow {
  label: string
  values: string | null
  times: string | null
  words: [axis: string, words: string[]] | null
  more: string[]
}

export interface TablePanel extends Common {
  kind: "table"
  head: string[]
  rows: TableRow[]
  hidden: string
}

export interface FormulaPanel extends Common {
  kind: "formula"
  latex: string
  source: string
  axes: string[]
}

/** What the route of a formula answers. */
export interface Worked {
  general: string
  latex: string
  value: string
}

export type Panel = MatrixPanel | LinesPanel | ClocksPanel | ArrowsPanel | GraphPanel | TablePanel | FormulaPanel
/** Panels that are painted. */
export type Picture = MatrixPanel | LinesPanel | ClocksPanel | ArrowsPanel | GraphPanel

export interface Board {
  file: string
  label: string
  axes: Record<string, Axis>
  panels: Panel[]
  colours: { pin: string; grey: string; hand: string }
  arrays: Map<string, Tensor>
}

/** Axis -> place. An axis without a cursor just now is left out. */
export type Cursors = Record<string, number>
