/** What of a step is worth seeing: the block that is computed with its inputs, or a window of a wide one. Pure. */
import { type Bounds, boundsOf, type Place, slabBounds, union } from "./slabs"
import type { SceneBlock } from "./types"

/** Units around the block that is computed that are kept in view. */
const AROUND = 60
/** Where tensors of no more than so many columns are added up, they are seen coming from further. */
const MERGING = 110

/** All that is read is in view where that takes no more room than this: weights are seen in part. */
const MOST_WIDE = 420
const MOST_HIGH = 260

/** Heads of a block that is no deeper are all in view; else those about the one that is looked at. */
const MOST_DEEP = 48
const BEHIND = 12
const BEFORE = 6

/** Of the first view: floors below the input, and units across. */
const FLOORS = 1
const WIDE = 180
/** Share of what is seen, to the left, for what the rows are called. */
const ROOM = 0.12
/** Units above, of a weight that is higher than that. */
const ABOVE = 40
/** A window never shows less of space than this, so that what is around can be seen. */
const LEAST = 8

/** `at`: the cell that is looked at; of a block too wide to be seen as one, the window is around it. */
export function focusOf(current: SceneBlock, inputs: readonly SceneBlock[], merges = false, at: Place | null = null): Bounds {
  const around = merges && current.size[0] <= MERGING ? MERGING : AROUND
  const own = boundsOf(current)
  // A weight that stands elsewhere, as tied ones do, is not come near by showing more of the empty space towards it.
  const beside = (other: Bounds) => other.min[1] - own.max[1] <= around && own.min[1] - other.max[1] <= around
  const box = union([own, ...inputs.filter((input) => input.role !== "weight" || beside(boundsOf(input))).map(boundsOf)])
  const values = union([own, ...inputs.filter(({ role }) => role !== "weight").map(boundsOf)])
  const whole = values.max[0] - values.min[0] <= MOST_WIDE && values.max[1] - values.min[1] <= MOST_HIGH
  const left = own.min[0] + windowStart(current.size[0], at?.col ?? 0, around)
  const right = Math.min(own.max[0], left + 2 * around)
  const top = own.max[1] - windowStart(current.size[1], at?.row ?? 0, around)
  const floor = Math.max(own.min[1], top - 2 * around)
  const [back, front] = depthOf(current, at)
  const found: Bounds = {
    min: [Math.max(box.min[0], left - around), Math.max(box.min[1], floor - around / 2), back],
    max: [Math.min(box.max[0], right + around), Math.min(box.max[1], top + around), front],
  }
  return grown(whole ? union([found, { min: [values.min[0], values.min[1], back], max: [values.max[0], values.max[1], front] }]) : found, LEAST)
}

/** Whether a block is too large to be seen as one: then a window of it is framed. */
export function isWindowed({ size }: SceneBlock): boolean {
  return Math.max(size[0], size[1]) > 2 * AROUND || size[2] > MOST_DEEP
}

function depthOf(current: SceneBlock, at: Place | null): [back: number, front: number] {
  const { min, max } = boundsOf(current)
  if (!at || current.size[2] <= MOST_DEEP) return [min[2], max[2]]
  const slab = slabBounds(current, at.slab)
  return [Math.max(min[2], slab.min[2] - BEHIND), Math.min(max[2], slab.max[2] + BEFORE)]
}

function windowStart(size: number, at: number, around: number): number {
  return Math.min(Math.max(at - around, 0), Math.max(size - 2 * around, 0))
}

/** Whether all of a box can be seen where another was framed. */
export function within({ min, max }: Bounds, frame: Bounds): boolean {
  return [0, 1, 2].every((d) => min[d]! >= frame.min[d]! && max[d]! <= frame.max[d]!)
}

/** The input and the first block, as much as can be seen at once: where a walk begins. */
export function openingOf(current: SceneBlock, blocks: readonly SceneBlock[]): Bounds {
  const own = boundsOf(current)
  const near = blocks.filter(({ floor, side }) => side === current.side && floor <= current.floor + FLOORS).map(boundsOf)
  const { min, max } = union(near)
  return {
    min: [own.min[0] - ROOM * WIDE, Math.max(min[1], own.max[1] - WIDE / 2), min[2]],
    max: [Math.min(max[0], own.min[0] + WIDE), Math.min(max[1], own.max[1] + ABOVE), max[2]],
  }
}

/** All there is, with room for what the rows are called. */
export function wholeOf(blocks: readonly SceneBlock[]): Bounds {
  const { min, max } = union(blocks.map(boundsOf))
  return { min: [min[0] - ROOM * (max[0] - min[0]), min[1], min[2]], max }
}

/** At least so wide and high, about the same middle. */
function grown({ min, max }: Bounds, least: number): Bounds {
  const by = (d: 0 | 1) => Math.max(least - (max[d] - min[d]), 0) / 2
  return { min: [min[0] - by(0), min[1] - by(1), min[2]], max: [max[0] + by(0), max[1] + by(1), max[2]] }
}
