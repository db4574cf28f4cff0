/** The ways that numbers take from block to block, read off what each stage reads: pieces that run along an axis. Pure. */
import type { Bounds } from "./slabs"
import { boundsOf } from "./slabs"
import type { SceneBlock, Vec3 } from "./types"

/** From one point to another, straight; the last piece of a way has a head. */
export interface Piece {
  from: Vec3
  to: Vec3
  head: boolean
  /** Along the residual stream. */
  stream: boolean
  /** The block that reads. */
  into: string
}

const STREAM = /(^|\.)(embed_sum|resid_\w+)$/
/** Below the lowest block of a row, where ways pass under what stands between. */
const UNDER = 2.5
/** Half the thickness of a block of one slab: the middle of the depth, in which all stands but experts. */
const MIDDLE = -0.5

interface Stop {
  block: SceneBlock
  bounds: Bounds
  stream: boolean
  /** Depth of its middle. Experts stand behind one another, each in a lane of its own. */
  lane: number
}

/** `reads`: names of blocks, by the name of the block that reads them. Weights stand above what they make: no way is needed. */
export function flowsOf(blocks: readonly SceneBlock[], reads: ReadonlyMap<string, readonly string[]>): Piece[] {
  const stops = new Map<string, Stop>()
  const rows = new Map<string, Stop[]>()
  for (const block of blocks) {
    if (block.role === "weight") continue
    const bounds = boundsOf(block)
    const stop = { block, bounds, stream: STREAM.test(block.name), lane: laneOf(bounds) }
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

/** An even number of slabs has its middle half a unit beside that of one. */
function laneOf(bounds: Bounds): number {
  const middle = middleOf(bounds, 2)
  return Math.abs(middle - MIDDLE) <= 1 ? MIDDLE : middle
}

/** `row`: what stands in the row of the block that reads, but for the stream. */
function way(from: Stop, into: Stop, row: readonly Stop[]): Piece[] {
  const [a, b] = [from.bounds, into.bounds]
  const together = rowOf(from.block) === rowOf(into.block)
  const path = (...points: Vec3[]) => pieces(points, into.block.name, from.stream && into.stream)
  const level = (...points: [x: number, y: number][]) => path(...points.map(([x, y]): Vec3 => [x, y, MIDDLE]))
  if (from.block.side !== into.block.side) {
    const up = middleOf(a, 1) > middleOf(b, 1)
    return level([a.max[0], middleOf(a, 1)], [middleOf(b, 0), middleOf(a, 1)], [middleOf(b, 0), up ? b.max[1] : b.min[1]])
  }
  if (from.stream && into.stream) return level([middleOf(a, 0), a.min[1]], [middleOf(a, 0), b.max[1]])
  if (into.stream) return level([middleOf(a, 0), a.min[1]], [middleOf(a, 0), middleOf(b, 1)], [b.max[0], middleOf(b, 1)])
  if (from.stream) {
    const first = row.every(({ bounds }) => bounds.min[0] >= b.min[0])
    return together && first ? level([middleOf(a, 0), middleOf(b, 1)], [b.min[0], middleOf(b, 1)]) : []
  }
  if (!together || b.min[0] < a.max[0]) return []
  const aside = from.lane !== MIDDLE || into.lane !== MIDDLE
  const near = row.filter(({ lane }) => !aside || lane === from.lane || lane === into.lane)
  const between = near.some(({ bounds }) => bounds.min[0] >= a.max[0] && bounds.max[0] <= b.min[0])
  return path(...(between ? under(from, into, row) : across(from, into)))
}

/** Straight to the right; from one lane to another in the gap between. */
function across({ bounds: a, lane: z }: Stop, { bounds: b, lane }: Stop): Vec3[] {
  const y = a.max[1] - Math.min(a.max[1] - a.min[1], b.max[1] - b.min[1]) / 2
  const x = (a.max[0] + b.min[0]) / 2
  return z === lane ? [[a.max[0], y, z], [b.min[0], y, z]] : [[a.max[0], y, z], [x, y, z], [x, y, lane], [b.min[0], y, lane]]
}

/** Below what stands between; the long way to the right is in the middle of the depth, so that experts share it. */
function under({ bounds: a, lane: z }: Stop, { bounds: b, lane }: Stop, row: readonly Stop[]): Vec3[] {
  const y = Math.min(...row.map(({ bounds }) => bounds.min[1])) - UNDER
  const [left, right] = [middleOf(a, 0), middleOf(b, 0)]
  const turn: Vec3[] = z === lane ? [] : [z === MIDDLE ? [right, y, z] : [left, y, lane]]
  return [[left, a.min[1], z], [left, y, z], ...turn, [right, y, lane], [right, b.min[1], lane]]
}

function pieces(points: readonly Vec3[], into: string, stream: boolean): Piece[] {
  return points.slice(1).map((to, i) => ({ from: points[i]!, to, head: i === points.length - 2, stream, into }))
}

function middleOf({ min, max }: Bounds, d: 0 | 1 | 2): number {
  return (min[d] + max[d]) / 2
}
