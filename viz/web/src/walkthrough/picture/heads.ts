/** All heads of the output as small multiples. */
import type { Frame, Room } from "./fit"
import type { Drawn, Plan } from "./layout"

export interface Multiples {
  drawn: Drawn[]
  frame: Frame
  cells: Map<string, number>
}

const GAP = 14
const WIDEST = 180
const TALLEST = 150
const LARGEST_CELL = 16

/** Null where there is one head or none. */
export function multiples({ output, stack }: Plan, room: Room): Multiples | null {
  if (!stack || stack.count < 2) return null
  const drawn = Array.from({ length: stack.count }, (_, place) => ({
    ...output,
    fixed: { ...output.fixed, [stack.axis]: place },
  }))
  const perRow = Math.max(2, Math.min(stack.count, Math.floor((room.width + GAP) / (WIDEST + GAP)), 6))
  const width = Math.min(room.width / perRow - GAP, WIDEST)
  const rows = output.rows?.count ?? 1
  const cols = output.cols?.count ?? 1
  let high = Math.min(TALLEST / Math.max(rows, 1), LARGEST_CELL)
  let wide = Math.min(width / Math.max(cols, 1), LARGEST_CELL)
  if (output.rows?.tokens != null && output.cols?.tokens != null) high = wide = Math.min(high, wide)
  const frame = { left: 2, top: 2, width: Math.max(cols * wide, 1), height: Math.max(rows * high, 1) }
  return { drawn, frame, cells: new Map([["r", high], ["c", wide]]) }
}
