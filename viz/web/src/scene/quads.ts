/** What the fronts of blocks cover of the canvas. Pure arithmetic but for the camera that is asked. */
import type { Camera } from "./camera"
import type { Area, Point } from "./pens"
import type { Bounds } from "./slabs"
import type { Vec3 } from "./types"

/** Corners of a front: upper left, upper right, lower right, lower left, as they are in the block. */
export type Quad = readonly [Point, Point, Point, Point]

/** Pixels that two may have in common and still be told apart. */
const SLACK = 1

/** Null where some of it is behind the eye. */
export function frontOf(camera: Camera, { min, max }: Bounds): Quad | null {
  const corners: Vec3[] = [[min[0], max[1], max[2]], [max[0], max[1], max[2]], [max[0], min[1], max[2]], [min[0], min[1], max[2]]] // prettier-ignore
  const found = corners.map((corner) => camera.project(corner))
  return found.some((corner) => !corner) ? null : (found as unknown as Quad)
}

/** Whether a front and a rectangle lie on one another: whether no line goes between them (separating axes). */
export function covers(quad: Quad, { left, right, top, bottom }: Area): boolean {
  const area = [{ x: left, y: top }, { x: right, y: top }, { x: right, y: bottom }, { x: left, y: bottom }] // prettier-ignore
  const across = quad.map((from, i) => {
    const to = quad[(i + 1) % 4]!
    const far = Math.hypot(to.x - from.x, to.y - from.y)
    return far ? { x: (to.y - from.y) / far, y: (from.x - to.x) / far } : { x: 1, y: 0 }
  })
  return [{ x: 1, y: 0 }, { x: 0, y: 1 }, ...across].every((way) => {
    const along = (point: Point) => point.x * way.x + point.y * way.y
    const [one, other] = [quad.map(along), area.map(along)]
    return Math.min(...one) < Math.max(...other) - SLACK && Math.min(...other) < Math.max(...one) - SLACK
  })
}

/** How far an edge falls, from one end of so many of its pixels to the other; 0 where it is seen from the end. */
export function fall(from: Point, to: Point, wide: number): number {
  const across = Math.abs(to.x - from.x)
  return across < 1 ? 0 : ((to.y - from.y) / across) * Math.min(wide, across)
}

/** The middle of what is seen of an edge between two ends of the canvas, and how much of it that is. */
export function seen(from: Point, to: Point, width: number): { at: Point; across: number } | null {
  const [left, right] = from.x < to.x ? [from, to] : [to, from]
  const [a, b] = [Math.max(left.x, 0), Math.min(right.x, width)]
  if (a >= b) return null
  const x = (a + b) / 2
  return { at: { x, y: left.y + ((right.y - left.y) * (x - left.x)) / (right.x - left.x) }, across: b - a }
}
