/** Labels along the sides of a matrix, on its canvas. */
import type { Manifest } from "../types"
import type { Line } from "./layout"
import { inView, labelled, type Lens } from "./lens"
import { FONT, type Area } from "./paint"
import { cut, isolated, pieceAt } from "./tokens"

const SIZE = 11

/** What stands at a place: the token, or its number. */
export function labelOf(manifest: Manifest, line: Line, place: number, piece: (id: number) => string | undefined): string {
  const at = line.places?.[place] ?? place
  const text = pieceAt(manifest, line.tokens, at, piece)
  return text === "" ? String(at) : isolated(cut(text))
}

/** Names of the rows, right-aligned beside the cells. */
export function paintRowLabels(
  context: CanvasRenderingContext2D,
  area: Area,
  lens: Lens,
  label: (place: number) => string,
  ink: string,
): void {
  context.textAlign = "right"
  context.textBaseline = "middle"
  for (const place of labelled(lens, area.height, SIZE - 1)) {
    const y = area.top + (place + 0.5 - lens.offset) * lens.cell
    if (y < area.top || y > area.top + area.height) continue
    style(context, ink)
    context.fillText(label(place), area.left - 6, y, area.left - 6)
  }
}

/** Names of the columns above the cells: upright where they fit, turned where they do not. */
export function paintColLabels(
  context: CanvasRenderingContext2D,
  area: Area,
  lens: Lens,
  label: (place: number) => string,
  ink: string,
  words: boolean,
): void {
  const turned = words && isTurned(context, area, lens, label)
  const room = turned ? SIZE + 1 : words ? 0 : 26
  for (const place of labelled(lens, area.width, room)) {
    const x = area.left + (place + 0.5 - lens.offset) * lens.cell
    if (x < area.left || x > area.left + area.width) continue
    style(context, ink)
    context.save()
    context.translate(x, area.top - 5)
    if (turned) context.rotate(-Math.PI / 2)
    context.textAlign = turned ? "left" : "center"
    context.textBaseline = turned ? "middle" : "alphabetic"
    context.fillText(label(place), 0, 0, turned ? area.top - 6 : Math.max(lens.cell - 2, 24))
    context.restore()
  }
}

/** Whether places are called by their token; entries of a vocabulary only where there is room for each. */
export function hasWords(line: Line, lens: Lens): boolean {
  return line.tokens !== null && (line.tokens !== "vocabulary" || lens.cell >= SIZE)
}

/** Whether the names of the columns are too long to stand upright. */
export function isTurned(context: CanvasRenderingContext2D, area: Area, lens: Lens, label: (place: number) => string): boolean {
  return longestOf(context, lens, area.width, label) > lens.cell - 4
}

function longestOf(context: CanvasRenderingContext2D, lens: Lens, view: number, label: (place: number) => string): number {
  context.font = `${SIZE}px ${FONT}`
  const [first, stop] = inView(lens, view)
  let longest = 0
  for (let place = first; place < Math.min(stop, first + 256); place++) {
    longest = Math.max(longest, context.measureText(label(place)).width)
  }
  return longest
}

function style(context: CanvasRenderingContext2D, ink: string): void {
  context.font = `${SIZE}px ${FONT}`
  context.fillStyle = ink
}
