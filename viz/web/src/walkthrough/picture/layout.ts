/**
 * Which matrices a step is drawn with, and how they lie to each other. Read off axes alone, so it holds for every
 * model: what shares the output's rows stands left of it, what shares its columns above it, what has both beside it.
 */
import { HEAD_AXES, stageNamed } from "../places"
import type { Manifest, StageInfo } from "../types"
import { longestLabel, tokensAlong, type Tokens } from "./tokens"

/** One side of a matrix. Matrices whose sides have the same `group` are aligned: place i of one is place i of all. */
export interface Line {
  /** Name of the axis in the tensor. */
  axis: string
  count: number
  group: string
  tokens: Tokens
  /** Letters of its longest label, at most. */
  letters: number
  /** Where not all places are drawn, such as the rows of a table that the input uses: which. */
  places?: readonly number[]
}

export type Role = "output" | "same" | "left" | "top" | "column" | "row" | "scalar" | "other"

/** One matrix. A vector has only one of rows and cols, a single number none. */
export interface Drawn {
  name: string
  title: string
  kind: StageInfo["kind"]
  role: Role
  rows: Line | null
  cols: Line | null
  /** Axes that are not drawn, such as the head: the place that is shown. */
  fixed: Readonly<Record<string, number>>
  /** What happens between it and what comes before it: "+", "×", "·", "→" or nothing. */
  sign: string
}

export interface Plan {
  output: Drawn
  operands: Drawn[]
  /** The axis that is drawn one place at a time, how many places it has, and which one is shown. */
  stack: { axis: string; count: number; shown: number } | null
  /** Whether each cell comes of a row and a column. */
  cross: boolean
  /** Operands that are not drawn: many experts, most of them empty. */
  left_out: string[]
}

interface Tensor {
  name: string
  title: string
  axes: string[]
  shape: number[]
  kind: StageInfo["kind"]
  weight: boolean
}

const ROW_AXES = ["position", "query", "routed"]
const STACKS = [...HEAD_AXES, "expert"]
/** A sum over more parts than this names the rest. */
const MOST_OPERANDS = 6

/** `head`: the one that is drawn where there are several; null: the first. */
export function plan(manifest: Manifest, stage: StageInfo, head: number | null): Plan {
  const stackAxis = stage.axes.length > 2 ? (stage.axes.find((axis) => STACKS.includes(axis)) ?? stage.axes[0]!) : null
  const stacked = stackAxis === null ? 0 : sizeOf(stage, stackAxis)
  const shown = Math.min(head ?? 0, Math.max(stacked - 1, 0))
  const axes = stage.axes.filter((axis) => axis !== stackAxis)
  // A vector along the tokens is a column, so that its rows are theirs; an input alone is a row, as text is.
  const alone = stage.reads.length + stage.weights.length === 0
  const [rowAxis, colAxis] = axes.length === 1 && (alone || !ROW_AXES.includes(axes[0]!)) ? [null, axes[0]!] : axes
  const frame: Frame = { manifest, stage, rowAxis: rowAxis ?? null, colAxis: colAxis ?? null, stackAxis, stacked, shown }

  const output = draw(frame, tensorOf(manifest, stage.name)!, { rows: frame.rowAxis, cols: frame.colAxis }, "output", "")
  const names = stage.same_as ? [] : [...new Set([...stage.reads, ...stage.weights])]
  const found = names.flatMap((name) => tensorOf(manifest, name) ?? [])
  const parts = found.filter(({ shape }) => shape.every((size) => size > 0))
  const operands = parts.flatMap((tensor) => operand(frame, tensor, parts))
  const kept = operands.slice(0, MOST_OPERANDS)
  return {
    output,
    operands: signed(stage, kept),
    stack: stackAxis === null || stacked === 0 ? null : { axis: stackAxis, count: stacked, shown },
    cross: kept.some(({ role }) => role === "left" || role === "top"),
    left_out: [...operands.slice(MOST_OPERANDS), ...found.filter((one) => !parts.includes(one))].map(({ name }) => name),
  }
}

interface Frame {
  manifest: Manifest
  stage: StageInfo
  rowAxis: string | null
  colAxis: string | null
  stackAxis: string | null
  stacked: number
  shown: number
}

function tensorOf(manifest: Manifest, name: string): Tensor | null {
  const stage = stageNamed(manifest, name)
  if (stage) return { ...stage, weight: false }
  const weight = Object.hasOwn(manifest.weights, name) ? manifest.weights[name] : undefined
  return weight ? { ...weight, name, weight: true } : null
}

function sizeOf(tensor: { axes: string[]; shape: number[] }, axis: string): number {
  return tensor.shape[tensor.axes.indexOf(axis)]!
}

/** How an operand is drawn: a sum over heads is drawn head by head, everything else once. */
function operand(frame: Frame, tensor: Tensor, all: Tensor[]): Drawn[] {
  const meaning = meanings(frame, tensor, all)
  const axisFor = (wanted: string | null) =>
    wanted === null ? null : (tensor.axes.find((axis) => meaning.get(axis) === wanted) ?? null)
  const r = axisFor("r")
  const c = axisFor("c")
  const rest = tensor.axes.filter((axis) => !["r", "c", "stack"].includes(meaning.get(axis)!))
  if (r && c && rest.length === 0) return [draw(frame, tensor, { rows: r, cols: c }, "same", "")]
  // A number a head, worked out from that head's row: the head's row is drawn.
  if (r && c && isStack(c)) return [draw(frame, tensor, { rows: r, cols: rest[0]! }, "left", "")]
  if (r && c) {
    // Each place of the axis that is summed over is one part of the sum.
    const axis = rest[0]!
    const parts = Array.from({ length: Math.min(sizeOf(tensor, axis), MOST_OPERANDS) }, (_, place) => place)
    return parts.map((place) => draw(frame, tensor, { rows: r, cols: c }, "same", "", { [axis]: place }))
  }
  const inner = rest[0] ?? null
  if (r) return [draw(frame, tensor, { rows: r, cols: inner }, inner ? "left" : vector(frame, "column"), "")]
  if (c) return [draw(frame, tensor, { rows: inner, cols: c }, inner ? "top" : vector(frame, "row"), "")]
  if (rest.length === 0) return [draw(frame, tensor, { rows: null, cols: null }, "scalar", "")]
  // Of one vector another is made: it is the only row.
  if (rest.length === 1 && frame.rowAxis === null) return [draw(frame, tensor, { rows: null, cols: inner }, "left", "")]
  return [draw(frame, tensor, { rows: rest.at(-2) ?? null, cols: rest.at(-1)! }, "other", "")]
}

/** A vector beside a vector is of the same shape; beside a matrix it is one column or row that all others share. */
function vector(frame: Frame, role: "column" | "row"): Role {
  return frame.rowAxis === null || frame.colAxis === null ? "same" : role
}

/**
 * What each axis of an operand is to the output: "r" its rows, "c" its columns, "stack" its heads, or else a name of
 * its own: what is summed over, or looked up.
 */
function meanings(frame: Frame, tensor: Tensor, all: Tensor[]): Map<string, string> {
  const { stage, rowAxis, colAxis, stackAxis } = frame
  const looksUp = all.some(({ axes }) => axes.includes("query") && axes.includes("key"))
  // Of a square weight, the axis that comes out is named after the one that goes in: what meets it goes in, too.
  const square = all.flatMap(({ axes }) => axes).filter((axis) => axis.endsWith("_out"))
  const goesIn = new Set(square.map((axis) => axis.slice(0, -4)))
  return new Map(
    tensor.axes.map((axis) => {
      const plain = axis.endsWith("_out") ? axis.slice(0, -4) : axis
      const summed = goesIn.has(axis) && !(tensor.weight && tensor.axes.length === 1)
      if (!summed && isStack(axis) && stackAxis && isStack(stackAxis)) return [axis, "stack"]
      if (axis === "query" && rowAxis === "position") return [axis, "r"]
      if (axis === "position" && stage.axes.includes("query")) return [axis, isKey(tensor, all) ? "c" : "r"]
      // Values are summed over the keys: their positions are what the pattern's columns are.
      if (axis === "position" && looksUp && isValue(tensor, all)) return [axis, "key"]
      const size = sizeOf(tensor, axis)
      if (!summed && plain === rowAxis && size === sizeOf(stage, rowAxis)) return [axis, "r"]
      if (!summed && plain === colAxis && size === sizeOf(stage, colAxis)) return [axis, "c"]
      return [axis, plain === rowAxis || plain === colAxis ? `${plain} of ${tensor.name}` : plain]
    }),
  )
}

function isStack(axis: string): boolean {
  return HEAD_AXES.includes(axis)
}

function positional(all: Tensor[]): Tensor[] {
  return all.filter(({ axes, weight }) => axes.includes("position") && !weight)
}

/** Of two operands by position, the first one looks and the second is looked at. */
function isKey(tensor: Tensor, all: Tensor[]): boolean {
  return positional(all).indexOf(tensor) > 0
}

function isValue(tensor: Tensor, all: Tensor[]): boolean {
  return positional(all)[0] === tensor
}

function draw(
  frame: Frame,
  tensor: Tensor,
  lie: { rows: string | null; cols: string | null },
  role: Role,
  sign: string,
  fixed: Record<string, number> = {},
): Drawn {
  const { name, title, kind } = tensor
  return {
    name,
    title,
    kind,
    role,
    rows: lie.rows === null ? null : line(frame, tensor, lie.rows, rowGroup(role, tensor, lie.rows)),
    cols: lie.cols === null ? null : line(frame, tensor, lie.cols, colGroup(role, tensor, lie.cols)),
    fixed: { ...held(frame, tensor, [lie.rows, lie.cols]), ...fixed },
    sign,
  }
}

function rowGroup(role: Role, tensor: Tensor, axis: string): string {
  if (role === "top") return inner(axis)
  return role === "other" ? `${tensor.name}:${axis}` : "r"
}

function colGroup(role: Role, tensor: Tensor, axis: string): string {
  if (role === "left") return inner(axis)
  return role === "other" ? `${tensor.name}:${axis}` : "c"
}

/** What is summed over is the columns of the left operand and the rows of the upper one. */
function inner(axis: string): string {
  return axis === "key" || axis === "position" ? "k:key" : `k:${axis}`
}

/** The place along each axis that is not drawn. Key heads are shared by a group of heads. */
function held(frame: Frame, tensor: Tensor, drawn: (string | null)[]): Record<string, number> {
  const { stackAxis, stacked, shown } = frame
  const others = tensor.axes.filter((axis) => !drawn.includes(axis))
  return Object.fromEntries(
    others.map((axis) => {
      const size = sizeOf(tensor, axis)
      if (stackAxis === null || !(axis === stackAxis || isStack(axis))) return [axis, 0]
      return [axis, size === stacked ? shown : Math.floor((shown * size) / stacked)]
    }),
  )
}

function line(frame: Frame, tensor: Tensor, axis: string, group: string): Line {
  const tokens = tokensAlong(frame.manifest, tensor.weight ? frame.stage.name : tensor.name, axis, tensor.weight)
  const count = sizeOf(tensor, axis)
  const found: Line = { axis, count, group, tokens, letters: longestLabel(frame.manifest, tokens, count) }
  const places = usedRows(frame, tensor, axis)
  return places ? { ...found, count: places.length, places } : found
}

/** A table that ids look rows up in: of a large one, only the rows of the ids that occur. */
function usedRows(frame: Frame, tensor: Tensor, axis: string): number[] | null {
  const { manifest, stage } = frame
  if (!tensor.weight || axis !== "d_vocab" || stage.axes.includes("d_vocab")) return null
  const side = manifest.sides.find(({ tokens }) => stage.reads.includes(tokens))
  if (!side) return null
  const used = [...new Set(side.ids)].sort((a, b) => a - b)
  return used.length < sizeOf(tensor, axis) ? used : null
}

/** The signs between the operands, and before the output. */
function signed(stage: StageInfo, operands: Drawn[]): Drawn[] {
  const first = operands.findIndex(({ role }) => role === "same")
  return operands.map((drawn, place) => ({ ...drawn, sign: signOf(stage, drawn, place === first) }))
}

function signOf(stage: StageInfo, { role, name }: Drawn, first: boolean): string {
  const last = name.slice(name.lastIndexOf(".") + 1)
  if (role === "left" || role === "top" || role === "other") return ""
  if (role === "same") return first ? "" : stage.op === "product" ? "×" : last === "mean" ? "−" : stage.op === "sum" ? "+" : ""
  if (stage.op === "lookup" || stage.op === "select" || stage.op === "route" || stage.op === "norm") return ""
  if (role === "column") return last === "mean" ? "−" : last === "scale" ? "÷" : ""
  return last.startsWith("b") ? "+" : "×"
}
