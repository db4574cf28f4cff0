/** Where a cell is on the canvas. */
import type { Box } from "../walkthrough/walk"
import type { Camera } from "./camera"
import type { CellRef } from "../walkthrough/view"
import type { Network } from "./network"
import { cellBounds, indexOf, type Place } from "./slabs"
import type { Space } from "./space"
import type { SceneBlock } from "./types"

export interface Under {
  cell: CellRef
  block: SceneBlock
  place: Place
}

/** The cell of a network under a point of the canvas. */
export function cellUnder(space: Space, network: Network | null, x: number, y: number): Under | null {
  const hit = space.hit(x, y)
  if (!hit || !network?.byName.has(hit.block.name)) return null
  const index = indexOf(hit.block, hit.place)
  return index && { cell: { name: hit.block.name, index }, block: hit.block, place: hit.place }
}

export function boxOf(camera: Camera, block: SceneBlock, place: Place): Box | null {
  const { min, max } = cellBounds(block, place)
  const [a, b] = [camera.project([min[0], max[1], max[2]]), camera.project([max[0], min[1], max[2]])]
  if (!a || !b) return null
  return { left: Math.min(a.x, b.x), right: Math.max(a.x, b.x), top: Math.min(a.y, b.y), bottom: Math.max(a.y, b.y) }
}
