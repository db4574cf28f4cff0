/** What is painted, on a canvas: cells of a matrix, or a curve over distances. */
import { CanvasPen, type Box, type Pen } from "../board/pen"
import { colourOf } from "../colour"
import { short } from "../format"
import type { Painting } from "./painting"

const LEFT = 34
const TOP = 22
const RIGHT = 8
const LARGEST = 20
const TALL = 260

export interface Look {
  dark: boolean
  text: string
  faint: string
  line: string
  font: string
}

/** Where the cells, or the curve, lie on a canvas so wide. */
export function place(painting: Painting, width: number): Box {
  const room = Math.max(width - LEFT - RIGHT, 40)
  if (painting.rows === 1) return { left: LEFT, top: TOP, width: room, height: TALL }
  const cell = Math.min(LARGEST, room / painting.cols)
  return { left: LEFT, top: TOP, width: cell * painting.cols, height: cell * painting.rows }
}

export function height(painting: Painting, width: number): number {
  return place(painting, width).height + TOP + 18
}

/** Row and column under a point; null outside. A curve has one row. */
export function cellAt(painting: Painting, box: Box, x: number, y: number): [number, number] | null {
  const col = Math.floor(((x - box.left) / box.width) * painting.cols)
  const row = painting.rows === 1 ? 0 : Math.floor(((y - box.top) / box.height) * painting.rows)
  return col < 0 || col >= painting.cols || row < 0 || row >= painting.rows ? null : [row, col]
}

/** The number that a height stands for, in steps of a twentieth of the range; as far as the picture goes. */
export function valueAt(box: Box, y: number, limit: number): number {
  const share = Math.min(Math.max((y - box.top) / box.height, 0), 1)
  const step = limit / 20
  return Number((Math.round(((1 - 2 * share) * limit) / step) * step).toPrecision(6))
}

export function draw(
  context: CanvasRenderingContext2D,
  painting: Painting,
  head: number,
  cursor: readonly [number, number],
  limit: number,
  box: Box,
  look: Look,
): void {
  const pen = new CanvasPen(context, look.font)
  const lettering = { size: 11, color: look.text }
  if (painting.rows > 1) {
    const colour = (row: number, col: number) =>
      painting.hidden(row, col) ? null : colourOf(painting.at(head, row, col), "signed", limit, look.dark)
    pen.cells(box, painting.rows, painting.cols, colour, look.faint)
    pen.text(box.left, 9, "key →", { ...lettering, anchor: "start" })
    pen.text(11, box.top + Math.min(24, box.height / 2), "query ↓", { ...lettering, anchor: "middle", up: true })
  } else curve(pen, painting, head, limit, box, look)
  const [w, h] = [box.width / painting.cols, box.height / painting.rows]
  const frame = { left: box.left + cursor[1] * w, top: box.top + cursor[0] * h, width: w, height: h }
  pen.frame(frame, { color: look.line, width: 2 })
}

function curve(pen: Pen, painting: Painting, head: number, limit: number, box: Box, look: Look): void {
  const y = (value: number) => box.top + ((1 - Math.min(Math.max(value / limit, -1), 1)) / 2) * box.height
  const x = (col: number) => box.left + ((col + 0.5) / painting.cols) * box.width
  for (const value of [limit, 0, -limit]) {
    pen.line([box.left, y(value), box.left + box.width, y(value)], { color: look.faint, opacity: value ? 0.5 : 1 })
    pen.text(box.left - 5, y(value), short(value, 3), { size: 11, color: look.text, anchor: "end" })
  }
  for (let h = 0; h < painting.heads; h++) {
    const points = Array.from({ length: painting.cols }, (_, col) => [x(col), y(painting.at(h, 0, col))]).flat()
    pen.line(points, { color: h === head ? look.line : look.faint, width: h === head ? 2 : 1 })
  }
  for (let col = 0; col < painting.cols; col++) pen.dot(x(col), y(painting.at(head, 0, col)), 3, look.line)
  pen.text(box.left, 9, "distance, query − key →", { size: 11, color: look.text, anchor: "start" })
}
