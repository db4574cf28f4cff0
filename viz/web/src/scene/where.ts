/** Where a cell is on the canvas. */
import type { Box } from "../walkthrough/walk"
import type { Camera } from "./camera"
import { cellBounds, type Place } from "./slabs"
import type { SceneBlock } from "./types"

export function boxOf(camera: Camera, block: SceneBlock, place: Place): Box | null {
  const { min, max } = cellBounds(block, place)
  const [a, b] = [camera.project([min[0], max[1], max[2]]), camera.project([max[0], min[1], max[2]])]
  if (!a || !b) return null
  return { left: Math.min(a.x, b.x), right: Math.max(a.x, b.x), top: Math.min(a.y, b.y), bottom: Math.max(a.y, b.y) }
}
