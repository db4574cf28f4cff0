/** A picture to take away: what is on the screen now, its title and its legend, in the colours of the page. */
import { exact, short } from "../format"
import { called, filled } from "./cursors"
import { type Said, type Scene, strokeOf } from "./draw/kind"
import { kindOf } from "./draw/kinds"
import { CanvasPen, type Pen } from "./pen"
import { arrayOf } from "./slice"
import { SvgPen } from "./svg"
import type { Board, Cursors, Picture } from "./types"

const SHARP = 2
const MARGIN = 12
const LINE = 16
const TITLE = 24

export type Format = "png" | "svg" | "csv"

/** "positions-rotary-bias-head2.png": the board, the panel and the places of what it does not draw whole. */
export function fileName(board: Board, panel: Picture, shown: Cursors, format: Format): string {
  const { vertical, horizontal } = kindOf(panel).axes(panel)
  const used = new Set(kindOf(panel).arrays(panel).flatMap((name) => arrayOf(board, name).axes))
  const places = [...used]
    .filter((axis) => board.axes[axis] && axis !== vertical && axis !== horizontal)
    .map((axis) => `${axis}${called(board.axes[axis], shown[axis] ?? 0)}`)
  const name = [board.file, panel.id, ...places].join("-")
  return `${name.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 120)}.${format}`
}

/** Numbers so that they read back as they are. Words with a comma, a quote or a line's end are quoted. */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => {
    const text = typeof value === "number" ? exact(Math.fround(value)) : value
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("")
}

function title({ board, panel, shown }: Scene): string {
  const places = [...new Set(kindOf(panel).arrays(panel).flatMap((name) => arrayOf(board, name).axes))]
  const { vertical, horizontal } = kindOf(panel).axes(panel)
  const cut = places.filter((axis) => board.axes[axis] && axis !== vertical && axis !== horizontal)
  const where = cut.map((axis) => `${board.axes[axis]!.title} ${called(board.axes[axis], shown[axis] ?? 0)}`)
  return [filled(panel.title, board.axes, shown), ...where].join(", ")
}

function legend(scene: Scene): Said[] {
  return kindOf(scene.panel).said(scene).filter(({ look }) => look)
}

function size(scene: Scene): { width: number; height: number } {
  return {
    width: scene.width + 2 * MARGIN,
    height: scene.height + headHeight(scene) + 2 * MARGIN + LINE * legend(scene).length,
  }
}

/** The title in as many lines as it needs: none of it is cut off. A letter is taken to be as wide as a broad one is. */
export function folded(words: string, width: number): string[] {
  const wide = (text: string) => [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 13 : 7.5), 0)
  const lines: string[] = []
  for (const word of words.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word
    if (lines.length && wide(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

function headHeight(scene: Scene): number {
  return TITLE + LINE * (folded(title(scene), scene.width).length - 1)
}

function head(pen: Pen, scene: Scene): void {
  folded(title(scene), scene.width).forEach((line, i) => {
    pen.text(MARGIN, MARGIN + 8 + LINE * i, line, { size: 13, bold: true, color: scene.ink.text })
  })
}

/** Everything but the title, from where the pen stands. */
function paint(pen: Pen, scene: Scene): void {
  kindOf(scene.panel).draw(pen, scene)
  kindOf(scene.panel).mark(pen, scene)
  legend(scene).forEach(({ name, value, look }, i) => {
    const y = scene.height + LINE * (i + 0.5)
    pen.line([4, y, 28, y], strokeOf(look!))
    pen.text(34, y, value === null ? name : `${name}: ${short(value, 5)}`, { color: scene.ink.text })
  })
}

export function svg(scene: Scene, font: string): string {
  const { width, height } = size(scene)
  const pen = new SvgPen(width, height, font)
  pen.fill({ left: 0, top: 0, width, height }, scene.ink.ground)
  head(pen, scene)
  pen.moved(MARGIN, MARGIN + headHeight(scene), () => paint(pen, scene))
  return pen.document(title(scene))
}

export function png(scene: Scene, font: string): Promise<Blob> {
  const { width, height } = size(scene)
  const canvas = document.createElement("canvas")
  canvas.width = Math.ceil(width * SHARP)
  canvas.height = Math.ceil(height * SHARP)
  const context = canvas.getContext("2d")
  if (!context) return Promise.reject(new Error("this browser gives no canvas to draw on"))
  const pen = new CanvasPen(context, font)
  context.scale(SHARP, SHARP)
  pen.fill({ left: 0, top: 0, width, height }, scene.ink.ground)
  head(pen, scene)
  context.translate(MARGIN, MARGIN + headHeight(scene))
  paint(pen, scene)
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large"))), "image/png"),
  )
}

export async function save(scene: Scene, font: string, format: Format): Promise<void> {
  const { board, panel, shown } = scene
  const blob =
    format === "png"
      ? await png(scene, font)
      : format === "svg"
        ? new Blob([svg(scene, font)], { type: "image/svg+xml" })
        : new Blob([csv(kindOf(panel).table(scene))], { type: "text/csv" })
  const address = URL.createObjectURL(blob)
  const link = document.createElement("a")
  link.href = address
  link.download = fileName(board, panel, shown, format)
  link.click()
  // The browser reads it after this: a minute is more than it needs.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
