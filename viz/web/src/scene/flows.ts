/** The ways that numbers take from block to block, read off what each stage reads: pieces that run along an axis. Pure. */
import type { Bounds } from "./slabs"
import { boundsOf } from "./slabs"
import type { SceneBlock } from "./types"

/** From one point to another, straight; the last piece of a way has a head. */
export interface Piece {
  from: [x: number, y: number]
  to: [x: number, y: number]
  head: boolean
  /** Along the residual stream. */
  stream: boolean
  /** The block that reads. */
  into: string
}

const STREAM = /(^|\.)(embed_sum|resid_\w+)$/
/** Below the lowest block of a row, where ways pass under what stands between. */
const LANE = 2.5

interface Stop {
  block: SceneBlock
  bounds: Bounds
  stream: boolean
}

/** `reads`: names of blocks, by the name of the block that reads them. Weights stand above what they make: no way is needed. */
export function flowsOf(blocks: readonly SceneBlock[], reads: ReadonlyMap<string, readonly string[]>): Piece[] {
  const stops = new Map<string, Stop>()
  const rows = new Map<string, Stop[]>()
  for (const block of blocks) {
    if (block.role === "weight") continue
    const stop = { block, bounds: boundsOf(block), stream: STREAM.test(block.name) }
    stops.set(block.name, stop)
    if (!stop.stream) rows.set(rowOf(block), [...(rows.get(rowOf(block)) ?? []), stop])
  }
  const found: Piece[] = []
  for (const [name, names] of reads) {
    const into = stops.get(name)
    if (!into) continue
    for (const other of names) {
      const from = stops.get(other)
      if (from && from !== into) found.push(...way(from, into, rows.get(rowOf(into.block)) ?? []))
    }
  }
  return found
}

function rowOf({ side, floor }: SceneBlock): string {
  return `${side} ${floor}`
}

/** `row`: what stands in the row of the block that reads, but for the stream. */
function way(from: Stop, into: Stop, row: readonly Stop[]): Piece[] {
  const [a, b] = [from.bounds, into.bounds]
  const together = rowOf(from.block) === rowOf(into.block)
  const path = (...points: [number, number][]) => pieces(points, into.block.name, from.stream && into.stream)
  if (from.block.side !== into.block.side) {
    const up = middleOf(a, 1) > middleOf(b, 1)
    return path([a.max[0], middleOf(a, 1)], [middleOf(b, 0), middleOf(a, 1)], [middleOf(b, 0), up ? b.max[1] : b.min[1]])
  }
  if (from.stream && into.stream) return path([middleOf(a, 0), a.min[1]], [middleOf(a, 0), b.max[1]])
  if (into.stream) return path([middleOf(a, 0), a.min[1]], [middleOf(a, 0), middleOf(b, 1)], [b.max[0], middleOf(b, 1)])
  if (from.stream) {
    const first = row.every(({ bounds }) => bounds.min[0] >= b.min[0])
    return together && first ? path([middleOf(a, 0), middleOf(b, 1)], [b.min[0], middleOf(b, 1)]) : []
  }
  if (!together || middleOf(a, 2) !== middleOf(b, 2) || b.min[0] < a.max[0]) return []
  const between = row.some(({ bounds }) => bounds.min[0] >= a.max[0] && bounds.max[0] <= b.min[0])
  if (!between) {
    const y = a.max[1] - Math.min(a.max[1] - a.min[1], b.max[1] - b.min[1]) / 2
    return path([a.max[0], y], [b.min[0], y])
  }
  const lane = Math.min(...row.map(({ bounds }) => bounds.min[1])) - LANE
  return path([middleOf(a, 0), a.min[1]], [middleOf(a, 0), lane], [middleOf(b, 0), lane], [middleOf(b, 0), b.min[1]])
}

function pieces(points: readonly [number, number][], into: string, stream: boolean): Piece[] {
  return points.slice(1).map((to, i) => ({ from: points[i]!, to, head: i === points.length - 2, stream, into }))
}

function middleOf({ min, max }: Bounds, d: 0 | 1 | 2): number {
  return (min[d] + max[d]) / 2
}
