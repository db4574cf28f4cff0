/** Where a cell is on the canvas. */
import type { Box } from "../walkthrough/walk"
import type { Camera } from "./camera"
import type { StageInfo } from "../walkthrough/types"
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

/** The cell of a network under a point of the canvas, as the stage that is shown calls it. */
export function cellUnder(space: Space, network: Network | null, stage: StageInfo | null, x: number, y: number): Under | null {
  const hit = space.hit(x, y)
  if (!hit || !network?.byName.has(hit.block.name)) return null
  const index = indexOf(hit.block, hit.place)
  const name = stage ? network.nameIn(stage, hit.block) : hit.block.name
  return index && { cell: { name, index }, block: hit.block, place: hit.place }
}

export function boxOf(camera: Camera, block: SceneBlock, place: Place): Box | null {
  const { min, max } = cellBounds(block, place)
  const [a, b] = [camera.project([min[0], max[1], max[2]]), camera.project([max[0], min[1], max[2]])]
  if (!a || !b) return null
  return { left: Math.min(a.x, b.x), right: Math.max(a.x, b.x), top: Math.min(a.y, b.y), bottom: Math.max(a.y, b.y) }
}

/** The middle of a cell on the canvas; null where it is behind the eye. */
export function middleOf(camera: Camera, block: SceneBlock, place: Place): { x: number; y: number } | null {
  const box = boxOf(camera, block, place)
  return box && { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 }
}
