/** Strokes on the canvas over the scene. */
import type { Camera } from "./camera"
import { type Bounds, slabBounds } from "./slabs"
import type { Mark } from "./boxes"
import type { SceneBlock, Vec3 } from "./types"

export interface Inks {
  ink: string
  page: string
  accent: string
  quiet: string
}

export interface Area {
  left: number
  top: number
  right: number
  bottom: number
}

interface Point {
  x: number
  y: number
}

/** Draws round the front of a box, in dashes where it is `hidden`; gives its middle, or null where it is not all in view. */
export function outline(
  context: CanvasRenderingContext2D,
  camera: Camera,
  { min, max }: Bounds,
  colour: string,
  width = 2,
  hidden = false,
): Point | null {
  const z = max[2]
  const corners = ([[min[0], max[1], z], [max[0], max[1], z], [max[0], min[1], z], [min[0], min[1], z]] as Vec3[]).map((c) => camera.project(c)) // prettier-ignore
  if (corners.some((corner) => !corner)) return null
  context.strokeStyle = colour
  context.lineWidth = width
  context.beginPath()
  corners.forEach((corner, i) => (i ? context.lineTo(corner!.x, corner!.y) : context.moveTo(corner!.x, corner!.y)))
  context.closePath()
  context.setLineDash(hidden ? [3, 3] : [])
  context.stroke()
  context.setLineDash([])
  return camera.project([(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, z])
}

/** A line that bows, with a head at its end. */
export function arc(context: CanvasRenderingContext2D, from: Point, to: Point, colour: string, alpha: number): void {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const far = Math.hypot(dx, dy)
  if (far < 6) return
  const bow = Math.min(far * 0.18, 40)
  const middle = { x: (from.x + to.x) / 2 + (dy / far) * bow, y: (from.y + to.y) / 2 - (dx / far) * bow }
  context.save()
  context.globalAlpha = alpha
  context.strokeStyle = context.fillStyle = colour
  context.lineWidth = 1.6
  context.beginPath()
  context.moveTo(from.x, from.y)
  context.quadraticCurveTo(middle.x, middle.y, to.x, to.y)
  context.stroke()
  const angle = Math.atan2(to.y - middle.y, to.x - middle.x)
  context.beginPath()
  context.moveTo(to.x, to.y)
  for (const turn of [2.7, -2.7]) context.lineTo(to.x + 8 * Math.cos(angle + turn), to.y + 8 * Math.sin(angle + turn))
  context.closePath()
  context.fill()
  context.restore()
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
