/** Draws on a canvas or writes SVG: a picture is drawn by one code, whatever it is saved as. Sizes are CSS pixels. */
import { css, type Rgb } from "../colour"

export interface Box {
  left: number
  top: number
  width: number
  height: number
}

export interface Stroke {
  color: string
  width?: number
  dash?: readonly number[] | undefined
  opacity?: number
}

export interface Lettering {
  size?: number
  anchor?: "start" | "middle" | "end"
  color: string
  bold?: boolean
  /** Written upwards. */
  up?: boolean
}

/** Points as x, y, x, y, ... */
export type Path = readonly number[]

export interface Pen {
  fill(box: Box, color: string): void
  frame(box: Box, stroke: Stroke): void
  line(points: Path, stroke: Stroke): void
  area(points: Path, color: string, opacity: number): void
  dot(x: number, y: number, radius: number, color: string): void
  ring(x: number, y: number, radius: number, stroke: Stroke): void
  /** `y` is the middle of the letters. */
  text(x: number, y: number, words: string, look: Lettering): void
  /** Cells of one size; null is hatched. */
  cells(box: Box, rows: number, cols: number, colour: (row: number, col: number) => Rgb | null, stripes: string): void
  within(box: Box, draw: () => void): void
}

/** Cells from this size on have a hairline between them. */
export const LINED = 7
const STRIPE = 5

export class CanvasPen implements Pen {
  constructor(
    private readonly context: CanvasRenderingContext2D,
    private readonly font: string,
  ) {}

  fill(box: Box, color: string): void {
    this.context.fillStyle = color
    this.context.fillRect(box.left, box.top, box.width, box.height)
  }

  frame(box: Box, stroke: Stroke): void {
    this.stroked(stroke, () => this.context.rect(box.left, box.top, box.width, box.height))
  }

  line(points: Path, stroke: Stroke): void {
    this.stroked(stroke, () => this.trace(points))
  }

  area(points: Path, color: string, opacity: number): void {
    this.context.beginPath()
    this.trace(points)
    this.context.closePath()
    this.context.globalAlpha = opacity
    this.context.fillStyle = color
    this.context.fill()
    this.context.globalAlpha = 1
  }

  dot(x: number, y: number, radius: number, color: string): void {
    this.context.beginPath()
    this.context.arc(x, y, radius, 0, 2 * Math.PI)
    this.context.fillStyle = color
    this.context.fill()
  }

  ring(x: number, y: number, radius: number, stroke: Stroke): void {
    this.stroked(stroke, () => this.context.arc(x, y, radius, 0, 2 * Math.PI))
  }

  text(x: number, y: number, words: string, look: Lettering): void {
    const { context } = this
    context.save()
    context.translate(x, y)
    if (look.up) context.rotate(-Math.PI / 2)
    context.font = `${look.bold ? "600 " : ""}${look.size ?? 11}px ${this.font}`
    context.textAlign = look.anchor === "middle" ? "center" : (look.anchor ?? "start")
    context.textBaseline = "middle"
    context.fillStyle = look.color
    context.fillText(words, 0, 0)
    context.restore()
  }

  cells(box: Box, rows: number, cols: number, colour: (row: number, col: number) => Rgb | null, stripes: string): void {
    const [width, height] = [box.width / cols, box.height / rows]
    const gap = Math.min(width, height) >= LINED ? 1 : 0
    const hidden: Box[] = []
    if (gap) {
      for (let row = 0; row < rows; row++) {
        for (let col = 0; col < cols; col++) {
          const cell = { left: box.left + col * width, top: box.top + row * height, width: width - 1, height: height - 1 }
          const found = colour(row, col)
          if (found) this.fill(cell, css(found))
          else hidden.push(cell)
        }
      }
    } else this.small(box, rows, cols, colour, hidden)
    this.hatch(hidden, stripes)
  }

  /** One pixel a cell, stretched: fast for many. */
  private small(
    box: Box,
    rows: number,
    cols: number,
    colour: (row: number, col: number) => Rgb | null,
    hidden: Box[],
  ): void {
    const image = new ImageData(cols, rows)
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        const found = colour(row, col)
        if (found) image.data.set([...found, 255], 4 * (row * cols + col))
        else hidden.push(cellBox(box, rows, cols, row, col))
      }
    }
    const canvas = document.createElement("canvas")
    canvas.width = cols
    canvas.height = rows
    canvas.getContext("2d")!.putImageData(image, 0, 0)
    this.context.imageSmoothingEnabled = false
    this.context.drawImage(canvas, box.left, box.top, box.width, box.height)
  }

  /** Stripes run on from cell to cell. */
  private hatch(hidden: Box[], color: string): void {
    if (!hidden.length) return
    const { context } = this
    context.save()
    context.beginPath()
    for (const cell of hidden) context.rect(cell.left, cell.top, cell.width, cell.height)
    context.clip()
    const left = Math.min(...hidden.map((cell) => cell.left))
    const top = Math.min(...hidden.map((cell) => cell.top))
    const right = Math.max(...hidden.map((cell) => cell.left + cell.width))
    const bottom = Math.max(...hidden.map((cell) => cell.top + cell.height))
    context.beginPath()
    for (let x = left - (bottom - top); x < right; x += STRIPE) {
      context.moveTo(x, bottom)
      context.lineTo(x + bottom - top, top)
    }
    context.lineWidth = 1
    context.strokeStyle = color
    context.stroke()
    context.restore()
  }

  within(box: Box, draw: () => void): void {
    this.context.save()
    this.context.beginPath()
    this.context.rect(box.left, box.top, box.width, box.height)
    this.context.clip()
    draw()
    this.context.restore()
  }

  private trace(points: Path): void {
    for (let i = 0; i + 1 < points.length; i += 2) {
      if (i) this.context.lineTo(points[i]!, points[i + 1]!)
      else this.context.moveTo(points[0]!, points[1]!)
    }
  }

  private stroked(stroke: Stroke, path: () => void): void {
    const { context } = this
    context.beginPath()
    path()
    context.lineWidth = stroke.width ?? 1
    context.strokeStyle = stroke.color
    context.setLineDash([...(stroke.dash ?? [])])
    context.globalAlpha = stroke.opacity ?? 1
    context.stroke()
    context.globalAlpha = 1
    context.setLineDash([])
  }
}

export function cellBox(box: Box, rows: number, cols: number, row: number, col: number): Box {
  const [width, height] = [box.width / cols, box.height / rows]
  return { left: box.left + col * width, top: box.top + row * height, width, height }
}
