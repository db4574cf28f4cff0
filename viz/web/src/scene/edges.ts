/** What is read or named but lies outside the view: its name at the edge, with a head that points to it. */
import type { Camera } from "./camera"
import type { Inks } from "./pens"
import type { Room } from "./room"
import { boundsOf, middle } from "./slabs"
import type { SceneBlock } from "./types"

const INSET = 14

export function edges(
  context: CanvasRenderingContext2D,
  camera: Camera,
  inks: Inks,
  blocks: readonly SceneBlock[],
  title: (block: SceneBlock) => string,
  room: Room,
): void {
  const { width, height } = camera.size
  for (const block of blocks) {
    const at = camera.project(middle(boundsOf(block)))
    if (!at || inside(camera, block)) continue
    const x = Math.min(Math.max(at.x, INSET), width - INSET)
    const y = Math.min(Math.max(at.y, INSET), height - INSET)
    const angle = Math.atan2(at.y - y, at.x - x)
    const text = title(block)
    const wide = room.wide(text)
    const left = Math.min(Math.max(x < width / 2 ? x + 12 : x - wide - 12, 4), width - wide - 4)
    if (!room.put({ text, x: left, y, colour: inks.accent })) continue
    context.fillStyle = inks.accent
    context.beginPath()
    for (const [turn, far] of [[0, 9], [2.4, 7], [-2.4, 7]] as const) context.lineTo(x + far * Math.cos(angle + turn), y + far * Math.sin(angle + turn))
    context.closePath()
    context.fill()
  }
}

/** Whether any part of the front of a block is on the canvas. */
function inside(camera: Camera, block: SceneBlock): boolean {
  const { min, max } = boundsOf(block)
  const [a, b] = [camera.project([min[0], max[1], max[2]]), camera.project([max[0], min[1], max[2]])]
  if (!a || !b) return true
  const { width, height } = camera.size
  return Math.max(a.x, b.x) > 0 && Math.min(a.x, b.x) < width && Math.max(a.y, b.y) > 0 && Math.min(a.y, b.y) < height
}
