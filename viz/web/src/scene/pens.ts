/** Strokes on the canvas over the scene. */
import type { Camera } from "./camera"
import { frontOf } from "./quads"
import { type Bounds, middle, slabBounds } from "./slabs"
import type { Mark } from "./boxes"
import type { SceneBlock } from "./types"

export interface Inks {
  ink: string
  page: string
  accent: string
  quiet: string
}

/** Pixels beyond the canvas from which a way is drawn: long lines far outside take long and show nothing. */
const MARGIN = 12

export interface Area {
  left: number
  top: number
  right: number
  bottom: number
}

export interface Point {
  x: number
  y: number
}

/**
 * Many lines of one look, drawn together: where there is no graphics card, strokes one by one take most of a frame.
 * Paths of outlines in full and in dashes, of ways, and of the heads at their ends.
 */
export class Lines {
  private readonly full = new Path2D()
  private readonly dashes = new Path2D()
  private readonly ways = new Path2D()
  private readonly heads = new Path2D()

  constructor(private readonly camera: Camera) {}

  /** Goes round the front of a box, in dashes where it is `hidden`; gives its middle, or null where it is not all in view. */
  outline(bounds: Bounds, hidden = false): Point | null {
    const corners = frontOf(this.camera, bounds)
    if (!corners) return null
    const path = hidden ? this.dashes : this.full
    if (this.sees(corners)) corners.forEach(({ x, y }, i) => (i ? path.lineTo(x, y) : path.moveTo(x, y)))
    path.closePath()
    const [x, y] = middle(bounds)
    return this.camera.project([x, y, bounds.max[2]])
  }

  /** A line that bows, with a head at its end. */
  way(start: Point, to: Point): void {
    const from = clipped(start, to, this.camera.size)
    if (!from) return
    const [dx, dy] = [to.x - from.x, to.y - from.y]
    const far = Math.hypot(dx, dy)
    if (far < 6) return
    const bow = Math.min(far * 0.18, 40)
    const middle = { x: (from.x + to.x) / 2 + (dy / far) * bow, y: (from.y + to.y) / 2 - (dx / far) * bow }
    this.ways.moveTo(from.x, from.y)
    this.ways.quadraticCurveTo(middle.x, middle.y, to.x, to.y)
    const angle = Math.atan2(to.y - middle.y, to.x - middle.x)
    this.heads.moveTo(to.x, to.y)
    for (const turn of [2.7, -2.7]) this.heads.lineTo(to.x + 8 * Math.cos(angle + turn), to.y + 8 * Math.sin(angle + turn))
    this.heads.closePath()
  }

  /** Whether some of what has these corners may be on the canvas. */
  private sees(corners: readonly Point[]): boolean {
    const { width, height } = this.camera.size
    const [x, y] = [corners.map((corner) => corner.x), corners.map((corner) => corner.y)]
    return Math.max(...x) > 0 && Math.min(...x) < width && Math.max(...y) > 0 && Math.min(...y) < height
  }

  drawOutlines(context: CanvasRenderingContext2D, colour: string, width = 2): void {
    context.strokeStyle = colour
    context.lineWidth = width
    context.stroke(this.full)
    context.setLineDash([3, 3])
    context.stroke(this.dashes)
    context.setLineDash([])
  }

  drawWays(context: CanvasRenderingContext2D, colour: string, alpha: number): void {
    context.save()
    context.globalAlpha = alpha
    context.strokeStyle = context.fillStyle = colour
    context.lineWidth = 1.6
    context.stroke(this.ways)
    context.fill(this.heads)
    context.restore()
  }
}

/** Where a straight way comes onto the canvas, or begins on it; null where it goes past. */
export function clipped(from: Point, to: Point, { width, height }: { width: number; height: number }): Point | null {
  let [enters, leaves] = [0, 1]
  for (const [a, b, most] of [[from.x, to.x, width], [from.y, to.y, height]] as const) {
    const [low, high] = [(-MARGIN - a) / (b - a), (most + MARGIN - a) / (b - a)]
    if (a === b ? a < -MARGIN || a > most + MARGIN : false) return null
    if (a === b) continue
    enters = Math.max(enters, Math.min(low, high))
    leaves = Math.min(leaves, Math.max(low, high))
  }
  return enters < leaves ? { x: from.x + enters * (to.x - from.x), y: from.y + enters * (to.y - from.y) } : null
}

export function haloed(context: CanvasRenderingContext2D, text: string, x: number, y: number, ink: string, page: string): void {
  context.strokeStyle = page
  context.lineWidth = 3
  context.strokeText(text, x, y)
  context.fillStyle = ink
  context.fillText(text, x, y)
}

/** The row, the column or the cell that a mark singles out; null where that is all of the block. */
export function boundsOfMark(block: SceneBlock, mark: Mark): Bounds | null {
  if (mark.row === undefined && mark.col === undefined && mark.slab === undefined) return null
  const { min, max } = slabBounds(block, mark.slab ?? 0)
  return {
    min: [mark.col === undefined ? min[0] : min[0] + mark.col, mark.row === undefined ? min[1] : max[1] - mark.row - 1, min[2]],
    max: [mark.col === undefined ? max[0] : min[0] + mark.col + 1, mark.row === undefined ? max[1] : max[1] - mark.row, max[2]],
  }
}

export function meet(a: Area, b: Area): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}
