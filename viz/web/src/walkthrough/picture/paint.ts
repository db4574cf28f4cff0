/** Paints the numbers of a matrix. Knows nothing of the page around its canvas. Sizes are CSS pixels. */
import { colourOf, css, inkOn, type Rgb } from "../../colour"
import type { Kind } from "../../decode"
import { hatch } from "../../hatch"
import { NUMBERED, NUMBERS_HIGH } from "./fit"
import { valueAt, type Sheet } from "./sheet"

export interface Area {
  left: number
  top: number
  width: number
  height: number
}

/** Where the view of a side begins, in cells, and how large a cell is. */
export interface View {
  offset: number
  cell: number
}

export interface Look {
  kind: Kind
  /** What the strongest colour stands for. */
  limit: number
  dark: boolean
  /** The whole-range switch: no cell is cut off then. */
  clipped: boolean
  /** Which cells are masked although they hold a number: a pattern is exactly 0 where the score is -inf. */
  masked?: ((row: number, col: number) => boolean) | undefined
}

/** What there was to tell in the legend. */
export interface Seen {
  masked: boolean
  nan: boolean
}

/** From here on cells get a hairline between them, marks and stripes of their own. */
const LARGE = 7
const HATCH = { light: [196, 199, 206], dark: [74, 77, 86] } as const

/** The colour of a number; null where it has none and is hatched. Ids and counts are names: one calm grey. */
export function colourFor(value: number, look: Look): Rgb | null {
  if (!Number.isFinite(value)) return null
  if (look.kind !== "index" && look.kind !== "count") return colourOf(value, look.kind, look.limit, look.dark)
  const share = Math.min(Math.abs(value) / look.limit, 1)
  const from = look.dark ? 40 : 236
  const grey = Math.round(from + share * (look.dark ? 50 : -60))
  return [grey, grey + 2, grey + 6]
}

/** What the strongest colour stands for. Probabilities always share one scale, so that pictures compare. */
export function limitOf(kind: Kind, limits: { low: number; high: number; robust: number }, range: "robust" | "full"): number {
  if (kind === "probability") return 1
  const most = Math.max(Math.abs(limits.low), Math.abs(limits.high)) || 1
  return range === "full" || kind === "index" || kind === "count" ? most : Math.min(limits.robust, most)
}

export function paintSheet(
  context: CanvasRenderingContext2D,
  area: Area,
  sheet: Sheet,
  rows: View,
  cols: View,
  look: Look,
): Seen {
  const height = rows.cell * sheet.binRows
  const width = cols.cell * sheet.binCols
  const top = area.top + (sheet.firstRow - rows.offset) * rows.cell
  const left = area.left + (sheet.firstCol - cols.offset) * cols.cell
  context.save()
  context.beginPath()
  context.rect(area.left, area.top, area.width, area.height)
  context.clip()
  const seen =
    Math.min(width, height) >= LARGE
      ? paintLarge(context, sheet, { left, top, width, height }, look)
      : paintSmall(context, sheet, { left, top, width, height }, look)
  context.restore()
  return seen
}

/** Cell by cell, with numbers where they fit. */
function paintLarge(context: CanvasRenderingContext2D, sheet: Sheet, cell: Area, look: Look): Seen {
  const seen = { masked: false, nan: false }
  const numbers = cell.width >= NUMBERED && cell.height >= NUMBERS_HIGH && sheet.binRows * sheet.binCols === 1
  if (numbers) {
    context.font = `${cell.width >= 38 ? 11 : 10}px ${FONT}`
    context.textAlign = "center"
    context.textBaseline = "middle"
  }
  for (let row = 0; row < sheet.rows; row++) {
    for (let col = 0; col < sheet.cols; col++) {
      const value = valueAt(sheet, row, col)
      const x = cell.left + col * cell.width
      const y = cell.top + row * cell.height
      const box = { left: x, top: y, width: cell.width - 1, height: cell.height - 1 }
      const colour = hidden(value, row, col, sheet, look) ? null : colourFor(value, look)
      if (!colour) {
        if (Number.isNaN(value)) seen.nan = true
        else seen.masked = true
        hatch(context, box, look.dark)
        if (Number.isNaN(value)) write(context, "NaN", box, look.dark ? "#fff" : "#111")
        else if (value > 0) write(context, "∞", box, look.dark ? "#fff" : "#111")
        continue
      }
      context.fillStyle = css(colour)
      context.fillRect(box.left, box.top, box.width, box.height)
      if (look.clipped && beyond(value, look)) corner(context, box, colour)
      if (numbers) write(context, brief(value), box, inkOn(colour))
    }
  }
  return seen
}

/** One pixel a cell on a small canvas, which is then stretched: fast for a hundred thousand cells. */
function paintSmall(context: CanvasRenderingContext2D, sheet: Sheet, cell: Area, look: Look): Seen {
  const seen = { masked: false, nan: false }
  if (!sheet.rows || !sheet.cols) return seen
  const image = new ImageData(sheet.cols, sheet.rows)
  const hatched = look.dark ? HATCH.dark : HATCH.light
  for (let row = 0, at = 0; row < sheet.rows; row++) {
    for (let col = 0; col < sheet.cols; col++, at += 4) {
      const value = valueAt(sheet, row, col)
      let colour: readonly number[] | null = hidden(value, row, col, sheet, look) ? null : colourFor(value, look)
      if (!colour) {
        if (Number.isNaN(value)) seen.nan = true
        else seen.masked = true
        // Stripes of two greys, since a cell is too small for lines.
        colour = (row + col) % 3 === 0 ? [hatched[0] - 40, hatched[1] - 40, hatched[2] - 40] : hatched
      }
      image.data[at] = colour[0]!
      image.data[at + 1] = colour[1]!
      image.data[at + 2] = colour[2]!
      image.data[at + 3] = 255
    }
  }
  const small = document.createElement("canvas")
  small.width = sheet.cols
  small.height = sheet.rows
  small.getContext("2d")?.putImageData(image, 0, 0)
  context.imageSmoothingEnabled = false
  context.drawImage(small, cell.left, cell.top, sheet.cols * cell.width, sheet.rows * cell.height)
  return seen
}

function hidden(value: number, row: number, col: number, sheet: Sheet, look: Look): boolean {
  if (value !== 0 || !look.masked || sheet.binRows * sheet.binCols !== 1) return false
  return look.masked(sheet.firstRow + row, sheet.firstCol + col)
}

export function beyond(value: number, look: Look): boolean {
  return look.kind !== "probability" && Math.abs(value) > look.limit * (1 + 1e-6)
}

export const FONT = "ui-monospace, SFMono-Regular, Menlo, monospace"

/** At most five letters, for a cell. */
export function brief(value: number): string {
  const size = Math.abs(value)
  const sign = value < 0 ? "−" : ""
  if (size === 0) return "0"
  if (Number.isInteger(value) && size < 1e5) return sign + size
  if (size < 0.005) return `${sign}0.00`
  if (size < 10) return sign + size.toFixed(2)
  if (size < 100) return sign + size.toFixed(1)
  if (size < 9999.5) return sign + size.toFixed(0)
  const power = Math.floor(Math.log10(size))
  return `${sign}${Math.round(size / 10 ** power)}e${power}`
}

function write(context: CanvasRenderingContext2D, text: string, box: Area, ink: string): void {
  if (box.width < 22 || box.height < NUMBERS_HIGH - 1) return
  context.fillStyle = ink
  context.fillText(text, box.left + box.width / 2, box.top + box.height / 2 + 0.5, box.width - 2)
}

/** The strongest colour is not the whole truth here: a corner tick says that the number lies beyond it. */
function corner(context: CanvasRenderingContext2D, box: Area, colour: Rgb): void {
  const size = Math.min(6, box.width / 2, box.height / 2)
  const right = box.left + box.width
  context.beginPath()
  context.moveTo(right - size, box.top)
  context.lineTo(right, box.top)
  context.lineTo(right, box.top + size)
  context.closePath()
  context.fillStyle = inkOn(colour)
  context.fill()
}
