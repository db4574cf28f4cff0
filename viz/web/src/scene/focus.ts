/** What of a step is worth seeing: the block that is computed with its inputs, or a window of a wide one. Pure. */
import { type Bounds, boundsOf, union } from "./slabs"
import type { SceneBlock } from "./types"

/** Units around the block that is computed that are kept in view. */
const AROUND = 60

/** Of the first view: floors below the input, and units across. */
const FLOORS = 1
const WIDE = 300
/** Units above, of a weight that is higher than that. */
const ABOVE = 40
/** A window never shows less of space than this, so that what is around can be seen. */
const LEAST = 8

export function focusOf(current: SceneBlock, inputs: readonly SceneBlock[]): Bounds {
  const own = boundsOf(current)
  const box = union([own, ...inputs.map(boundsOf)])
  const right = Math.min(own.max[0], own.min[0] + 2 * AROUND)
  const floor = Math.max(own.min[1], own.max[1] - 2 * AROUND)
  const found: Bounds = {
    min: [Math.max(box.min[0], own.min[0] - AROUND), Math.max(box.min[1], floor - AROUND / 2), own.min[2]],
    max: [Math.min(box.max[0], right + AROUND), Math.min(box.max[1], own.max[1] + AROUND), own.max[2]],
  }
  return grown(found, LEAST)
}

/** The input and the first block, as much as can be seen at once: where a walk begins. */
export function openingOf(current: SceneBlock, blocks: readonly SceneBlock[]): Bounds {
  const own = boundsOf(current)
  const near = blocks.filter(({ floor, side }) => side === current.side && floor <= current.floor + FLOORS).map(boundsOf)
  const { min, max } = union(near)
  return {
    min: [own.min[0], Math.max(min[1], own.max[1] - WIDE / 2), min[2]],
    max: [Math.min(max[0], own.min[0] + WIDE), Math.min(max[1], own.max[1] + ABOVE), max[2]],
  }
}

/** At least so wide and high, about the same middle. */
function grown({ min, max }: Bounds, least: number): Bounds {
  const by = (d: 0 | 1) => Math.max(least - (max[d] - min[d]), 0) / 2
  return { min: [min[0] - by(0), min[1] - by(1), min[2]], max: [max[0] + by(0), max[1] + by(1), max[2]] }
}
