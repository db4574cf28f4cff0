/** What is worth drawing from where the eye is, and how finely. Pure arithmetic but for the camera's own. */
import { NOTHING, slabsSeen } from "./clear"
import type { Bounds } from "./slabs"
import { boundsOf, flat, slabCount } from "./slabs"
import type { SceneBlock, Vec3 } from "./types"

export interface Eye {
  at: Vec3
  /** Pixels that one unit takes at a distance of one unit. */
  scale: number
  sees: (bounds: Bounds) => boolean
}

export interface Drawn {
  block: SceneBlock
  bounds: Bounds
  /** Pixels of a cell at the nearest point. */
  cell: number
  /** Slabs are drawn one by one; otherwise the block is one box. */
  apart: boolean
  /** Those that are whole; the others are frames that one looks through. */
  slabs: [start: number, stop: number]
}

/** Smaller than this, in pixels, nothing of a block can be seen. */
const LEAST = 0.7
/** So far apart, in pixels, must slabs be to be told apart. */
const GAP = 1.5

export function drawn(blocks: readonly SceneBlock[], eye: Eye, clear = NOTHING): Drawn[] {
  const found: Drawn[] = []
  for (const block of blocks) {
    const bounds = boundsOf(block)
    if (!eye.sees(bounds)) continue
    const cell = eye.scale / Math.max(distance(eye.at, bounds), 1)
    if (Math.max(...block.size) * cell < LEAST) continue
    const apart = slabCount(block) > 1 && smallestStep(block) * cell >= GAP
    found.push({ block, bounds, cell, apart, slabs: slabsSeen(block, clear, eye.at) })
  }
  return found
}

function smallestStep(block: SceneBlock): number {
  return Math.min(...flat(block).deep.map((axis) => block.steps[axis]![2]))
}

/** From a point to the nearest point of a box. */
export function distance(from: Vec3, { min, max }: Bounds): number {
  return Math.hypot(...from.map((x, d) => Math.max(min[d]! - x, 0, x - max[d]!)))
}

export interface TileRange {
  slab: number
  rows: [start: number, stop: number]
  cols: [start: number, stop: number]
}

/** Tiles of `side` cells that cover the rows and columns in view, the nearest to the middle first. */
export function tiles(block: SceneBlock, slab: number, rows: [number, number], cols: [number, number], side: number): TileRange[] {
  const [height, width] = [block.size[1], block.size[0]]
  const found: (TileRange & { far: number })[] = []
  const middle = [(rows[0] + rows[1]) / 2, (cols[0] + cols[1]) / 2] as const
  for (let row = Math.floor(Math.max(rows[0], 0) / side) * side; row < Math.min(rows[1], height); row += side) {
    for (let col = Math.floor(Math.max(cols[0], 0) / side) * side; col < Math.min(cols[1], width); col += side) {
      const far = Math.hypot(row + side / 2 - middle[0], col + side / 2 - middle[1])
      const stop = (start: number, size: number) => Math.min(start + side, size)
      found.push({ slab, rows: [row, stop(row, height)], cols: [col, stop(col, width)], far })
    }
  }
  return found.sort((a, b) => a.far - b.far)
}
