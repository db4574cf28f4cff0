/** What is looked at, read or named but lies outside the view: its name at the edge, with a head that points to it. */
import type { Area, Inks, Point } from "./pens"
import type { Room } from "./room"
import { boundsOf, middle } from "./slabs"
import type { Space } from "./space"
import type { SceneBlock } from "./types"

const INSET = 14
/** Pixels from the middle of a head to the name. */
const BESIDE = 12

/** Gives where heads stand and which way they point. */
export function edges(
  space: Space,
  inks: Inks,
  blocks: readonly SceneBlock[],
  title: (block: SceneBlock) => string,
  { left, right, top, bottom }: Area,
  room: Room,
): (Point & { angle: number })[] {
  const heads: (Point & { angle: number })[] = []
  for (const block of new Set(blocks)) {
    const at = space.camera.project(middle(boundsOf(block)))
    if (!at || space.drawnOf(block)) continue
    const x = Math.min(Math.max(at.x, left + INSET), right - INSET)
    const y = Math.min(Math.max(at.y, top + INSET), bottom - INSET)
    const text = title(block)
    const wide = room.wide(text)
    const begin = x < (left + right) / 2 ? x + BESIDE : x - wide - BESIDE
    const within = Math.min(Math.max(begin, left + 6), right - wide - 6)
    if (room.put({ text, colour: inks.accent, plate: true }, [{ x: within, y }])) heads.push({ x, y, angle: Math.atan2(at.y - y, at.x - x) })
  }
  return heads
}

export function drawHeads(context: CanvasRenderingContext2D, colour: string, heads: readonly (Point & { angle: number })[]): void {
  context.fillStyle = colour
  for (const { x, y, angle } of heads) {
    context.beginPath()
    for (const [turn, far] of [[0, 9], [2.4, 7], [-2.4, 7]] as const) context.lineTo(x + far * Math.cos(angle + turn), y + far * Math.sin(angle + turn))
    context.closePath()
    context.fill()
  }
}
