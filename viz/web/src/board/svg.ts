/** The pen that writes SVG. All words are escaped. */
import { css, type Rgb } from "../colour"
import { cellBox, LINED, type Box, type Lettering, type Path, type Pen, type Stroke } from "./pen"

export class SvgPen implements Pen {
  private readonly parts: string[] = []
  private clips = 0

  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly font: string,
  ) {}

  /** The whole document. */
  document(title: string): string {
    const size = `width="${round(this.width)}" height="${round(this.height)}"`
    const box = `viewBox="0 0 ${round(this.width)} ${round(this.height)}"`
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${box} role="img" font-family="${escape(this.font)}">` +
      `<title>${escape(title)}</title>${this.parts.join("")}</svg>\n`
    )
  }

  fill(box: Box, color: string): void {
    this.parts.push(`<rect ${placed(box)} fill="${escape(color)}"/>`)
  }

  frame(box: Box, stroke: Stroke): void {
    this.parts.push(`<rect ${placed(box)} fill="none" ${stroked(stroke)}/>`)
  }

  line(points: Path, stroke: Stroke): void {
    this.parts.push(`<polyline points="${joined(points)}" fill="none" ${stroked(stroke)}/>`)
  }

  area(points: Path, color: string, opacity: number): void {
    this.parts.push(`<polygon points="${joined(points)}" fill="${escape(color)}" fill-opacity="${opacity}"/>`)
  }

  dot(x: number, y: number, radius: number, color: string): void {
    this.parts.push(`<circle cx="${round(x)}" cy="${round(y)}" r="${round(radius)}" fill="${escape(color)}"/>`)
  }

  ring(x: number, y: number, radius: number, stroke: Stroke): void {
    this.parts.push(`<circle cx="${round(x)}" cy="${round(y)}" r="${round(radius)}" fill="none" ${stroked(stroke)}/>`)
  }

  text(x: number, y: number, words: string, look: Lettering): void {
    const turn = look.up ? ` transform="rotate(-90 ${round(x)} ${round(y)})"` : ""
    this.parts.push(
      `<text x="${round(x)}" y="${round(y)}" font-size="${look.size ?? 11}" text-anchor="${look.anchor ?? "start"}" ` +
        `dominant-baseline="central" fill="${escape(look.color)}"${look.bold ? ' font-weight="600"' : ""}${turn}>` +
        `${escape(words)}</text>`,
    )
  }

  cells(box: Box, rows: number, cols: number, colour: (row: number, col: number) => Rgb | null, stripes: string): void {
    const gap = Math.min(box.width / cols, box.height / rows) >= LINED ? 1 : 0
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        const cell = cellBox(box, rows, cols, row, col)
        const found = colour(row, col)
        if (found) this.fill({ ...cell, width: cell.width - gap, height: cell.height - gap }, css(found))
        else this.stripe(cell, stripes)
      }
    }
  }

  private stripe({ left, top, width, height }: Box, color: string): void {
    this.line([left, top + height - 1, left + width - 1, top], { color })
  }

  within(box: Box, draw: () => void): void {
    const id = `clip${this.clips++}`
    this.parts.push(`<clipPath id="${id}"><rect ${placed(box)}/></clipPath><g clip-path="url(#${id})">`)
    draw()
    this.parts.push("</g>")
  }

  moved(x: number, y: number, draw: () => void): void {
    this.parts.push(`<g transform="translate(${round(x)} ${round(y)})">`)
    draw()
    this.parts.push("</g>")
  }
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }

export function escape(text: string): string {
  // What XML does not allow at all would make the whole picture unreadable.
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd").replace(/[&<>"']/g, (c) => ENTITIES[c]!)
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100)
}

function placed({ left, top, width, height }: Box): string {
  return `x="${round(left)}" y="${round(top)}" width="${round(Math.max(width, 0))}" height="${round(Math.max(height, 0))}"`
}

function joined(points: Path): string {
  const out: string[] = []
  for (let i = 0; i + 1 < points.length; i += 2) out.push(`${round(points[i]!)},${round(points[i + 1]!)}`)
  return out.join(" ")
}

function stroked({ color, width = 1, dash = [], opacity = 1 }: Stroke): string {
  const dashed = dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : ""
  return `stroke="${escape(color)}" stroke-width="${width}"${dashed}${opacity < 1 ? ` stroke-opacity="${opacity}"` : ""}`
}
