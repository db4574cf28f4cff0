/** Sums as they come about: rows of all that is added leave their blocks, glide to where the sum is made, and merge there. Pure. */
import type { Step } from "./light"
import { type Bounds, slabBounds, slabCount } from "./slabs"
import type { Beat } from "./sweep"
import type { SceneBlock, Vec3 } from "./types"

/** A row of an input on its way. */
export interface Glide {
  block: SceneBlock
  slab: number
  row: number
  /** Cells that have merged already, from the left. */
  merged: number
  bounds: Bounds
}

/** Milliseconds before the first cell, in which the first rows arrive. */
export const LEAD = 600
/** Share of the rows, and number of rows, that are on their way at once. */
const SHARE = 0.25
const MOST_ROWS = 6
const MOST_SLABS = 16
/** Units that a row rises towards the eye on its way, and those that keep rows apart where they meet. */
const RISE = 6
const APART = 0.9
const THICK = 0.4

interface Term {
  block: SceneBlock
  /** Slab of the input, and that of the sum it goes into. */
  from: number
  into: number
  /** Among those that go into the same slab, from 1. */
  order: number
}

/** Whether this step adds up whole tensors of one size: two or more, or the slabs of one. */
export function merges(step: Step): boolean {
  return termsOf(step).length > slabCount(step.current)
}

export function glides(step: Step, beat: Beat): Glide[] {
  if (beat.share >= 1) return []
  const { current } = step
  const [cols, rows] = current.size
  const terms = termsOf(step)
  if (terms.length <= slabCount(current)) return []
  const cells = Math.ceil(beat.share * cols * rows)
  const ahead = Math.min(Math.max(Math.ceil(rows * SHARE), 1), MOST_ROWS)
  const found: Glide[] = []
  const first = beat.together ? 0 : Math.floor(cells / cols)
  for (let row = first; row < rows; row++) {
    // All at once: every row at the same time. Else a row arrives when its first cell is added up.
    const way = beat.together ? beat.lead : (beat.share * rows + (beat.lead - 1) * ahead - row) / ahead + 1
    if (way <= 0) break
    const merged = row === first && !beat.together ? cells - row * cols : 0
    for (const { block, from, into, order } of terms) {
      found.push({ block, slab: from, row, merged, bounds: onWay(rowOf(block, from, row), rowOf(current, into, row), Math.min(way, 1), order * APART) })
    }
  }
  return found
}

function termsOf({ stage, current, inputs }: Step): Term[] {
  const added = inputs.filter(({ role }) => role !== "weight")
  const slabs = slabCount(current)
  const fits = (block: SceneBlock) =>
    block.size[0] === current.size[0] && block.size[1] === current.size[1] && (slabs === 1 || slabCount(block) === slabs)
  if (stage.op !== "sum" || current.shape.includes(0) || !added.every(fits)) return []
  return added.flatMap((block, nth) =>
    Array.from({ length: Math.min(slabCount(block), MOST_SLABS) }, (_, from) => {
      return slabs === 1 ? { block, from, into: 0, order: nth + from + 1 } : { block, from, into: from, order: nth + 1 }
    }),
  )
}

function rowOf(block: SceneBlock, slab: number, row: number): Bounds {
  const { min, max } = slabBounds(block, slab)
  return { min: [min[0], max[1] - row - 1, max[2] - THICK], max: [max[0], max[1] - row, max[2]] }
}

/** A part of the way, begun and ended gently, in a bow towards the eye. `above`: how far before the sum it stops. */
function onWay(from: Bounds, to: Bounds, way: number, above: number): Bounds {
  const s = way * way * (3 - 2 * way)
  const up = Math.sin(Math.PI * s) * RISE + s * above
  const mix = (a: Vec3, b: Vec3): Vec3 => [a[0] + (b[0] - a[0]) * s, a[1] + (b[1] - a[1]) * s, a[2] + (b[2] - a[2]) * s + up]
  return { min: mix(from.min, to.min), max: mix(from.max, to.max) }
}
