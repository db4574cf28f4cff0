/** Which cell a ray meets first. Pure arithmetic: a few thousand boxes are tried in well under a millisecond. */
import { type Bounds, type Place, slabBounds } from "./slabs"
import type { SceneBlock, Vec3 } from "./types"

export interface Ray {
  from: Vec3
  along: Vec3
}

export interface Hit {
  block: SceneBlock
  place: Place
  distance: number
}

/** Distance to a box, or null where the ray misses it or begins behind it. */
export function distanceTo({ min, max }: Bounds, { from, along }: Ray): number | null {
  let near = -Infinity
  let far = Infinity
  for (let d = 0; d < 3; d++) {
    const way = along[d]!
    if (way === 0) {
      if (from[d]! < min[d]! || from[d]! > max[d]!) return null
      continue
    }
    const a = (min[d]! - from[d]!) / way
    const b = (max[d]! - from[d]!) / way
    near = Math.max(near, Math.min(a, b))
    far = Math.min(far, Math.max(a, b))
  }
  if (near > far || far < 0) return null
  return Math.max(near, 0)
}

export interface Pickable {
  block: SceneBlock
  bounds: Bounds
  /** Those that are there, first to last, the last not included. */
  slabs: readonly [start: number, stop: number]
}

export function pick(blocks: Iterable<Pickable>, ray: Ray): Hit | null {
  let best: Hit | null = null
  for (const { block, bounds, slabs } of blocks) {
    const reach = distanceTo(bounds, ray)
    if (reach === null || (best && reach >= best.distance)) continue
    for (let slab = slabs[0]; slab < slabs[1]; slab++) {
      const front = slabBounds(block, slab)
      const distance = distanceTo(front, ray)
      if (distance === null || (best && distance >= best.distance)) continue
      best = { block, place: { slab, ...cellIn(block, front, ray, distance) }, distance }
    }
  }
  return best
}

/** The cell whose edge the ray meets: on a side of the slab that is one of its outermost. */
function cellIn(block: SceneBlock, bounds: Bounds, { from, along }: Ray, distance: number): { row: number; col: number } {
  const x = from[0] + distance * along[0] - bounds.min[0]
  const y = bounds.max[1] - (from[1] + distance * along[1])
  const clamp = (value: number, size: number) => Math.min(Math.max(Math.floor(value), 0), size - 1)
  return { row: clamp(y, block.size[1]), col: clamp(x, block.size[0]) }
}
