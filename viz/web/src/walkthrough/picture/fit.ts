/** How large the matrices of a plan are drawn, and whether they lie side by side. Pure arithmetic, CSS pixels. */
import type { Drawn, Line, Plan } from "./layout"

export interface Room {
  width: number
  height: number
}

/** Of one matrix: the part that shows cells, and the gutters for labels. */
export interface Frame {
  width: number
  height: number
  left: number
  top: number
}

export interface Fit {
  /** "cross": left, above and output; "rows": one below the other; "row": side by side. */
  arrangement: "cross" | "rows" | "row"
  /** Cell size by group. */
  cells: Map<string, number>
  frames: Map<Drawn, Frame>
}

const WIDEST_CELL = 40
const TALLEST_CELL = 28
/** Of a vector, across: its cells, and its title. */
const VECTOR = 38
const TITLED = 54
const GAP = 20
/** Between matrices that lie side by side: an arrow and the name of what is done. */
const SIGN = 110
/** Of an output that is a single column: its title. */
const COLUMN_TITLE = 130
/** Numbers of four letters fit from here on. */
export const NUMBERED = 32
export const NUMBERS_HIGH = 15
/** Below this width everything is stacked. */
const NARROW = 380
/** Of a letter of a label, and around a label. */
const LETTER = 6.7
const AROUND = 11
/** Of labels that stand upright above the cells, and of a side without labels. */
const HEADER = 17
export const BARE = 3

export function fit(plan: Plan, room: Room): Fit {
  const drawn = [plan.output, ...plan.operands.filter(({ role }) => role !== "scalar")]
  const gutters = new Map(drawn.map((one) => [one, gutter(one)]))
  if (plan.cross && room.width >= NARROW) {
    // The output's labels name the rows of what is left of it and the columns of what is above it, too.
    for (const one of drawn) {
      if (isLeft(plan, one)) gutters.get(one)!.left = BARE
      if (one.role === "top" || one.role === "row") gutters.get(one)!.top = BARE
    }
    return cross(plan, drawn, gutters, room)
  }
  const same = drawn.filter(({ role }) => role === "same" || role === "output").length
  const columns = drawn.filter(({ role }) => role === "column").length
  // They stand beside a matrix that names the rows.
  if (same > 1) for (const one of drawn) if (one.role === "column") gutters.get(one)!.left = BARE
  equal(gutters, drawn.filter(({ role }) => role !== "column" && role !== "left"), "left")
  equal(gutters, drawn.filter(({ role }) => role !== "row" && role !== "top"), "top")
  const below = spread(plan, drawn, gutters, { width: room.width - columns * (TITLED + GAP), height: room.height / Math.max(same, 1) })
  if (plan.cross || room.width < NARROW) return framed("rows", drawn, gutters, below, room)
  const beside = spread(plan, drawn, gutters, {
    width: (room.width - columns * (TITLED + GAP) - (same - 1) * SIGN) / same,
    height: room.height,
  })
  const area = (sizes: Map<string, number>) => (sizes.get("r") ?? 1) * (sizes.get("c") ?? 1)
  return area(beside) >= area(below)
    ? framed("row", drawn, gutters, beside, { width: room.width / same, height: room.height })
    : framed("rows", drawn, gutters, below, { width: room.width, height: room.height / same })
}

/** Whether an operand stands left of the output, so that its rows are the output's. */
export function isLeft({ output }: Plan, { role }: Drawn): boolean {
  return role === "left" || role === "column" || (role === "same" && output.cols === null)
}

function gutter({ rows, cols }: Drawn): { left: number; top: number } {
  const words = cols && cols.tokens !== null && cols.letters > 2
  return {
    left: rows ? rows.letters * LETTER + AROUND : BARE,
    // Words that do not fit above their column are turned.
    top: cols ? (words ? cols.letters * LETTER + AROUND : HEADER) : BARE,
  }
}

type Gutters = Map<Drawn, { left: number; top: number }>

/** Output at the lower right; it gets the larger share, the rest goes to what is summed over. */
function cross(plan: Plan, drawn: Drawn[], gutters: Gutters, room: Room): Fit {
  const lefts = drawn.filter((one) => isLeft(plan, one))
  const tops = drawn.filter((one) => one !== plan.output && !lefts.includes(one))
  // Aligned matrices need equal gutters: rows along a grid row, columns along a grid column.
  equal(gutters, [plan.output, ...lefts], "top")
  equal(gutters, [plan.output, ...tops], "left")
  const out = gutters.get(plan.output)!
  const inner = lefts.filter(({ cols }) => cols)
  const leftGutters = sum(lefts.map((one) => gutters.get(one)!.left + (one.cols ? 0 : TITLED) + GAP))
  const topGutters = sum(tops.map((one) => gutters.get(one)!.top + (one.rows ? 0 : VECTOR / 1.5) + GAP))
  const width = room.width - leftGutters - out.left - (plan.output.cols ? 0 : COLUMN_TITLE - VECTOR)
  const height = room.height - topGutters - out.top

  const { rows, cols } = plan.output
  const cells = new Map<string, number>()
  const upper = tops.filter(({ rows: side }) => side)
  const share = inner.length ? (cols ? 0.44 : 0.8) : 0
  const rise = upper.length ? (rows ? 0.5 : 0.75) : 0
  // First what is summed over, which is the same number of cells in both directions.
  const acrossEach = (width * share) / Math.max(inner.length, 1)
  const downEach = (height * rise) / Math.max(upper.length, 1)
  for (const one of inner) shrink(cells, one.cols!, Math.min(acrossEach / one.cols!.count, 16))
  for (const one of upper) shrink(cells, one.rows!, Math.min(downEach / one.rows!.count, 16))
  const across = sum(inner.map(({ cols: side }) => side!.count * cells.get(side!.group)!))
  const down = sum(upper.map(({ rows: side }) => side!.count * cells.get(side!.group)!))
  if (cols) cells.set("c", Math.min((width - across) / Math.max(cols.count, 1), WIDEST_CELL))
  if (rows) cells.set("r", Math.min((height - down) / Math.max(rows.count, 1), TALLEST_CELL))
  square(plan.output, cells)
  for (const side of drawn.flatMap((one) => [one.rows, one.cols])) {
    if (side && !cells.has(side.group)) cells.set(side.group, Math.min(width / 2 / side.count, 16))
  }
  const frames = new Map(drawn.map((one) => [one, frame(one, gutters.get(one)!, cells, { width, height })]))
  return { arrangement: "cross", cells, frames }
}

/** Cell sizes where each matrix has the same room. */
function spread(plan: Plan, drawn: Drawn[], gutters: Gutters, room: Room): Map<string, number> {
  const cells = new Map<string, number>()
  for (const one of drawn) {
    const { left, top } = gutters.get(one)!
    if (one.cols) shrink(cells, one.cols, Math.min((room.width - left) / Math.max(one.cols.count, 1), WIDEST_CELL))
    if (one.rows) {
      const least = one.role === "output" || one.role === "same" ? 6 : 1
      const height = Math.max(room.height - top - GAP, least * Math.min(one.rows.count, 32))
      shrink(cells, one.rows, Math.min(height / Math.max(one.rows.count, 1), TALLEST_CELL))
    }
  }
  square(plan.output, cells)
  return cells
}

/** Tokens by tokens: square, as everybody draws them; only a little wider than high where numbers then fit in. */
function square({ rows, cols }: Drawn, cells: Map<string, number>): void {
  if (!rows || !cols || rows.tokens === null || cols.tokens === null || cols.tokens === "vocabulary") return
  const wide = cells.get("c")!
  const high = cells.get("r")!
  cells.set("c", Math.min(wide, Math.max(high, high >= NUMBERS_HIGH ? NUMBERED + 6 : 0)))
  if (wide < NUMBERED) cells.set("r", Math.min(wide, high))
}

function framed(arrangement: "row" | "rows", drawn: Drawn[], gutters: Gutters, cells: Map<string, number>, room: Room): Fit {
  const frames = drawn.map((one) => {
    const { left, top } = gutters.get(one)!
    return [one, frame(one, { left, top }, cells, { width: room.width - left, height: room.height - top })] as const
  })
  return { arrangement, cells, frames: new Map(frames) }
}

/** `room`: what the cells may take at most. */
function frame(one: Drawn, gutter: { left: number; top: number }, cells: Map<string, number>, room: Room): Frame {
  const along = (side: Line | null, vector: number) => (side ? side.count * cells.get(side.group)! : vector)
  return {
    ...gutter,
    width: Math.max(1, Math.min(along(one.cols, VECTOR), Math.max(room.width, VECTOR))),
    height: Math.max(1, Math.min(along(one.rows, VECTOR / 1.5), Math.max(room.height, VECTOR))),
  }
}

function shrink(cells: Map<string, number>, { group }: Line, size: number): void {
  cells.set(group, Math.min(cells.get(group) ?? Number.POSITIVE_INFINITY, Math.max(size, 1e-3)))
}

function equal(gutters: Gutters, drawn: Drawn[], side: "left" | "top"): void {
  const most = Math.max(0, ...drawn.map((one) => gutters.get(one)![side]))
  for (const one of drawn) gutters.set(one, { ...gutters.get(one)!, [side]: most })
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
