/** The numbers of a drawn matrix, row by row, out of windows of its tensor; and what to ask for to get them. */
import type { Range } from "../boxes"
import type { Overview, Ranges, Source, Want, Window } from "../data"
import type { Index, Limits } from "../types"
import type { Drawn, Line } from "./layout"

/** A grid of numbers. Each stands for `binRows` x `binCols` cells: 1 x 1 unless this is an overview. */
export interface Sheet {
  firstRow: number
  firstCol: number
  rows: number
  cols: number
  binRows: number
  binCols: number
  values: Float32Array
  rowStride: number
  colStride: number
  start: number
  limits: Limits
}

export function valueAt(sheet: Sheet, row: number, col: number): number {
  return sheet.values[sheet.start + row * sheet.rowStride + col * sheet.colStride]!
}

/** The number of one cell of the matrix, where the sheet has that very cell. */
export function cellOf(sheet: Sheet, row: number, col: number): number | null {
  const i = row - sheet.firstRow
  const j = col - sheet.firstCol
  if (sheet.binRows * sheet.binCols !== 1 || i < 0 || j < 0 || i >= sheet.rows || j >= sheet.cols) return null
  return valueAt(sheet, i, j)
}

/** Largest numbers an overview is asked for: as many as there are pixels. */
export interface Pixels {
  rows: number
  cols: number
}

/** What to ask for: one window, or one for each run of neighbouring rows where only some rows are drawn. */
export function wants(drawn: Drawn, rows: Range, cols: Range, pixels: Pixels | null): Want[] {
  return runs(drawn.rows, rows).map((range) => {
    const want = { name: drawn.name, ranges: ranges(drawn, range, cols) }
    if (!pixels || (range[1] - range[0] <= pixels.rows && cols[1] - cols[0] <= pixels.cols)) return want
    // A column alone is an overview of one axis, which the server takes for a row.
    return drawn.cols ? { ...want, ...pixels } : { ...want, rows: 1, cols: pixels.rows }
  })
}

function ranges(drawn: Drawn, rows: Range, cols: Range): Ranges {
  const found: Record<string, number | Range> = { ...drawn.fixed }
  if (drawn.rows) found[drawn.rows.axis] = rows
  if (drawn.cols) found[drawn.cols.axis] = cols
  return found
}

function runs(line: Line | null, range: Range): Range[] {
  if (!line?.places) return [range]
  const found: Range[] = []
  for (const place of line.places.slice(...range)) {
    const last = found.at(-1)
    if (last && last[1] === place) found[found.length - 1] = [last[0], place + 1]
    else found.push([place, place + 1])
  }
  return found
}

/** The sheet, where all of it is held. */
export function peek(source: Source, drawn: Drawn, rows: Range, cols: Range, pixels: Pixels | null): Sheet | null {
  const parts = wants(drawn, rows, cols, pixels).map((want) => {
    if (want.rows === undefined) return source.peekCells(want.name, want.ranges)
    return source.peekOverview(want.name, want.rows, want.cols!, want.ranges)
  })
  if (parts.some((part) => part === null)) return null
  return joined(drawn, rows, cols, parts as Window[])
}

export async function load(source: Source, asked: Want[], signal?: AbortSignal): Promise<void> {
  await Promise.all(asked.map((want) => source.load(want, signal)))
}

function joined(drawn: Drawn, rows: Range, cols: Range, parts: Window[]): Sheet | null {
  const [first] = parts
  if (!first) return null
  const where = { firstRow: rows[0], firstCol: cols[0] }
  if (parts.length > 1) return { ...where, ...stacked(parts), limits: first.limits }
  if (isOverview(first)) {
    const [binRows, binCols] = bins(drawn, first)
    const strides = stridesOf(first.axes, gridShape(drawn, first), drawn)
    return {
      ...where,
      rows: drawn.rows ? Math.ceil((rows[1] - rows[0]) / binRows) : 1,
      cols: drawn.cols ? Math.ceil((cols[1] - cols[0]) / binCols) : 1,
      binRows,
      binCols,
      ...strides,
      values: first.values,
      start: 0,
      limits: first.limits,
    }
  }
  const shape = first.box.map(([start, stop]) => stop - start)
  return {
    ...where,
    rows: drawn.rows ? rows[1] - rows[0] : 1,
    cols: drawn.cols ? cols[1] - cols[0] : 1,
    binRows: 1,
    binCols: 1,
    ...stridesOf(first.axes, shape, drawn),
    values: first.values,
    start: 0,
    limits: first.limits,
  }
}

/** Rows of a table: the runs lie one below the other. */
function stacked(parts: Window[]): Omit<Sheet, "firstRow" | "firstCol" | "limits"> {
  const first = parts[0]!
  const rows = parts.reduce((sum, { box }) => sum + box[0]![1] - box[0]![0], 0)
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.values.length, 0))
  let at = 0
  for (const part of parts) {
    values.set(part.values, at)
    at += part.values.length
  }
  const cols = values.length / rows
  const binCols = isOverview(first) ? first.bin.at(-1)! : 1
  return { rows, cols, binRows: 1, binCols, values, rowStride: cols, colStride: 1, start: 0 }
}

function isOverview(window: Window): window is Overview {
  return "bin" in window
}

/** Cells a number stands for, down and across. The overview leaves out axes that have one place. */
function bins(drawn: Drawn, { axes, bin }: Overview): [number, number] {
  const kept = axes.filter((axis) => axis === drawn.rows?.axis || axis === drawn.cols?.axis)
  const of = (line: Line | null) => (line ? (bin[kept.indexOf(line.axis)] ?? 1) : 1)
  return [of(drawn.rows), of(drawn.cols)]
}

function gridShape(drawn: Drawn, overview: Overview): number[] {
  const kept = overview.axes.filter((axis) => axis === drawn.rows?.axis || axis === drawn.cols?.axis)
  const sizes = kept.length > 1 ? [overview.rows, overview.cols] : [overview.cols]
  return overview.axes.map((axis) => (kept.includes(axis) ? sizes[kept.indexOf(axis)]! : 1))
}

function stridesOf(axes: string[], shape: number[], drawn: Drawn): { rowStride: number; colStride: number } {
  const stride = (line: Line | null) => {
    if (!line) return 0
    return shape.slice(axes.indexOf(line.axis) + 1).reduce((product, size) => product * size, 1)
  }
  return { rowStride: stride(drawn.rows), colStride: stride(drawn.cols) }
}

/** The index in the whole tensor of the cell at a place of the matrix. */
export function indexOf(drawn: Drawn, axes: readonly string[], row: number, col: number): Index {
  return axes.map((axis) => {
    if (axis === drawn.rows?.axis) return drawn.rows.places?.[row] ?? row
    if (axis === drawn.cols?.axis) return drawn.cols.places?.[col] ?? col
    return drawn.fixed[axis] ?? 0
  })
}

/** Where a cell of the tensor is in the matrix; null where it is not drawn. */
export function placeOf(drawn: Drawn, axes: readonly string[], index: Index): [row: number, col: number] | null {
  let row = 0
  let col = 0
  for (const [at, axis] of axes.entries()) {
    const place = index[at]!
    if (axis === drawn.rows?.axis) row = drawn.rows.places ? drawn.rows.places.indexOf(place) : place
    else if (axis === drawn.cols?.axis) col = drawn.cols.places ? drawn.cols.places.indexOf(place) : place
    else if ((drawn.fixed[axis] ?? 0) !== place) return null
  }
  return row < 0 || col < 0 ? null : [row, col]
}
