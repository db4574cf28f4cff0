/** What of a step is worth seeing: the block that is computed with its inputs, or a window of a wide one. Pure. */
import { type Bounds, boundsOf, union } from "./slabs"
import type { SceneBlock } from "./types"

/** Units around the block that is computed that are kept in view. */
const AROUND = 130
/** Share of the height above, which the bar covers. */
const BAR = 0.25

export function focusOf(current: SceneBlock, inputs: readonly SceneBlock[]): Bounds {
  const own = boundsOf(current)
  const box = union([own, ...inputs.map(boundsOf)])
  const width = Math.min(own.max[0] - own.min[0], 2 * AROUND)
  const height = Math.min(own.max[1] - own.min[1], 2 * AROUND)
  const top = Math.min(box.max[1], own.max[1] + AROUND)
  const floor = Math.max(box.min[1], own.max[1] - height - AROUND / 2)
  return {
    min: [Math.max(box.min[0], own.min[0] - AROUND), floor, own.min[2]],
    max: [Math.min(box.max[0], own.min[0] + width + AROUND), top + BAR * (top - floor), own.max[2]],
  }
}
