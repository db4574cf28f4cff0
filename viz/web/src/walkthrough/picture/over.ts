/** What lies above the cells of one matrix: bands, outlines, the cursor, and the names of the places they are at. */
import { canonical } from "../places"
import type { CellRef } from "../view"
import { marked, markedToken } from "./board"
import type { Shown } from "./canvas"
import { BARE } from "./fit"
import { hasWords, isTurned, labelOf } from "./labels"
import type { Line } from "./layout"
import type { Lens } from "./lens"
import { band, label, outline, type Place, runs } from "./marks"
import type { Area } from "./paint"
import { placeOf } from "./sheet"

interface At {
  area: Area
  rows: Lens
  cols: Lens
  /** The cell under the cursor. */
  at: Place | null
}

export function paintOver(context: CanvasRenderingContext2D, shown: Shown, { area, rows, cols, at }: At): void {
  const { board, drawn, lit, pin, peek, glow, inks } = shown
  const { pointed } = board
  const around = (cells: readonly Place[], colour: string, width: number) => {
    for (const run of runs(cells)) outline(context, area, rows, cols, run, colour, inks.page, width)
  }
  context.save()
  context.beginPath()
  context.rect(area.left - 1, area.top - 1, area.width + 2, area.height + 2)
  context.clip()
  band(context, area, rows, cols, marked(drawn.rows, pointed), marked(drawn.cols, pointed), inks.ink)
  around(placesOf(shown, lit), inks.lit, 1.5)
  around(placesOf(shown, peek ? [peek] : []), inks.ink, 1.5)
  around(placesOf(shown, pin ? [pin] : []), inks.pin, 2.5)
  around(at ? [at] : [], inks.ink, 2)
  context.restore()
  if (glow) {
    context.strokeStyle = inks.lit
    context.lineWidth = 3
    context.strokeRect(area.left - 1.5, area.top - 1.5, area.width + 3, area.height + 3)
  }
  labelled(context, shown, area, rows, cols)
}

function labelled(context: CanvasRenderingContext2D, shown: Shown, area: Area, rows: Lens, cols: Lens): void {
  const { manifest, source, board, drawn, chosen, inks } = shown
  const own = (line: Line | null) => (chosen && line?.tokens === chosen.tokens && chosen.place < line.count ? chosen.place : -1)
  const piece = (id: number) => source.peekPiece(id)
  const row = first(marked(drawn.rows, board.pointed), markedToken(drawn.rows, board.pointed), own(drawn.rows))
  const y = area.top + (row + 0.5 - rows.offset) * rows.cell
  if (drawn.rows && area.left > BARE && row >= 0 && y > area.top && y < area.top + area.height) {
    label(context, labelOf(manifest, drawn.rows, row, piece), area.left - 6, y, false, inks)
  }
  const col = first(marked(drawn.cols, board.pointed), markedToken(drawn.cols, board.pointed))
  const x = area.left + (col + 0.5 - cols.offset) * cols.cell
  if (drawn.cols && area.top > BARE && col >= 0 && x > area.left && x < area.left + area.width) {
    const text = (at: number) => labelOf(manifest, drawn.cols!, at, piece)
    const turned = hasWords(drawn.cols, cols) && isTurned(context, area, cols, text)
    const half = context.measureText(text(col)).width / 2
    label(context, text(col), turned ? x : x + half, area.top - (turned ? 5 : 9), turned, inks)
  }
}

function placesOf({ drawn, axes, manifest }: Shown, cells: readonly CellRef[]): Place[] {
  const own = canonical(manifest, drawn.name)
  return cells.flatMap(({ name, index }) => {
    if (canonical(manifest, name) !== own) return []
    const found = placeOf(drawn, axes, index)
    return found ? [found] : []
  })
}

function first(...places: number[]): number {
  return places.find((place) => place >= 0) ?? -1
}
