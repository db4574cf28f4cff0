/** What lies above the cells: bands, lit cells, the pinned cell, the cursor. Pure geometry and strokes. */
import { FONT, type Area, type View } from "./paint"

export type Place = readonly [row: number, col: number]

export interface Strokes {
  /** Text colour of the page. */
  ink: string
  page: string
  lit: string
  pin: string
}

export interface Run {
  row: number
  col: number
  rows: number
  cols: number
}

/** Neighbouring cells of one row or one column become one run, so that they get one outline. */
export function runs(cells: readonly Place[]): Run[] {
  const first = cells[0]
  if (!first) return []
  const alongRow = cells.every(([row]) => row === first[0])
  const alongCol = !alongRow && cells.every(([, col]) => col === first[1])
  if (!alongRow && !alongCol) return cells.map(([row, col]) => ({ row, col, rows: 1, cols: 1 }))
  const places = [...new Set(cells.map(([row, col]) => (alongRow ? col : row)))].sort((a, b) => a - b)
  const found: Run[] = []
  for (const place of places) {
    const last = found.at(-1)
    const end = last ? (alongRow ? last.col + last.cols : last.row + last.rows) : -1
    if (last && end === place) {
      if (alongRow) last.cols++
      else last.rows++
    } else {
      found.push(alongRow ? { row: first[0], col: place, rows: 1, cols: 1 } : { row: place, col: first[1], rows: 1, cols: 1 })
    }
  }
  return found
}

function boxOf(area: Area, rows: View, cols: View, { row, col, rows: height, cols: width }: Run): Area {
  return {
    left: area.left + (col - cols.offset) * cols.cell,
    top: area.top + (row - rows.offset) * rows.cell,
    width: width * cols.cell,
    height: height * rows.cell,
  }
}

/** A row and a column through the whole matrix; -1 leaves one out. */
export function band(context: CanvasRenderingContext2D, area: Area, rows: View, cols: View, row: number, col: number, ink: string): void {
  context.strokeStyle = ink
  context.lineWidth = 1
  context.globalAlpha = 0.75
  if (row >= 0) {
    const { top, height } = boxOf(area, rows, cols, { row, col: 0, rows: 1, cols: 1 })
    lines(context, [area.left, top, area.left + area.width, top], [area.left, top + height, area.left + area.width, top + height])
  }
  if (col >= 0) {
    const { left, width } = boxOf(area, rows, cols, { row: 0, col, rows: 1, cols: 1 })
    lines(context, [left, area.top, left, area.top + area.height], [left + width, area.top, left + width, area.top + area.height])
  }
  context.globalAlpha = 1
}

function lines(context: CanvasRenderingContext2D, ...all: [number, number, number, number][]): void {
  context.beginPath()
  for (const [x1, y1, x2, y2] of all) {
    context.moveTo(x1 - 0.5, y1 - 0.5)
    context.lineTo(x2 - 0.5, y2 - 0.5)
  }
  context.stroke()
}

/** An outline in two colours, so that it shows on every cell. */
export function outline(
  context: CanvasRenderingContext2D,
  area: Area,
  rows: View,
  cols: View,
  run: Run,
  colour: string,
  page: string,
  width: number,
): void {
  const box = boxOf(area, rows, cols, run)
  // Something must be seen of a cell that is smaller than a pixel.
  const wide = Math.max(box.width, 3)
  const high = Math.max(box.height, 3)
  for (const [stroke, extra] of [[page, 2], [colour, 0]] as const) {
    context.strokeStyle = stroke
    context.lineWidth = width + extra
    context.strokeRect(box.left - 0.5, box.top - 0.5, wide, high)
  }
}

/** The label of a token that is pointed at, over the plain one. */
export function label(context: CanvasRenderingContext2D, text: string, x: number, y: number, turned: boolean, strokes: Strokes): void {
  context.save()
  context.translate(x, y)
  if (turned) context.rotate(-Math.PI / 2)
  context.font = `bold 11px ${FONT}`
  const width = context.measureText(text).width
  context.fillStyle = strokes.ink
  context.fillRect(turned ? -2 : -width - 3, -7, width + 5, 14)
  context.fillStyle = strokes.page
  context.textAlign = turned ? "left" : "right"
  context.textBaseline = "middle"
  context.fillText(text, 0, 0.5)
  context.restore()
}
