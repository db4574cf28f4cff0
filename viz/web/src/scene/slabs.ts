/** Cells of a block in space. A block is a row of slabs into the depth, and a slab is rows and columns. Pure arithmetic. */
import type { SceneBlock, Vec3 } from "./types"

/** Places in `block.axes`: which axis makes the columns, which the rows, which go into the depth. */
export interface Flat {
  col: number | null
  row: number | null
  deep: number[]
}

export interface Place {
  slab: number
  row: number
  col: number
}

/** Lowest and highest corner in the coordinates of three.js: y up, z towards the eye. */
export interface Bounds {
  min: Vec3
  max: Vec3
}

/** Blocks do not change, and every frame asks. */
const KNOWN = new WeakMap<SceneBlock, Flat>()

export function flat(block: SceneBlock): Flat {
  const known = KNOWN.get(block) ?? flattened(block)
  KNOWN.set(block, known)
  return known
}

function flattened(block: SceneBlock): Flat {
  const along = (direction: 0 | 1) => {
    const found = block.steps.findIndex((step) => step[direction] !== 0)
    return found < 0 ? null : found
  }
  const deep = block.steps.flatMap((step, i) => (step[0] === 0 && step[1] === 0 ? [i] : []))
  return { col: along(0), row: along(1), deep }
}

export function slabCount(block: SceneBlock): number {
  return flat(block).deep.reduce((product, axis) => product * Math.max(block.shape[axis]!, 1), 1)
}

/** Depth of a slab's front; the slab is one unit thick. */
export function slabDepth(block: SceneBlock, slab: number): number {
  return deepPlaces(block, slab).reduce((z, [axis, place]) => z + place * block.steps[axis]![2], block.corner[2])
}

function deepPlaces(block: SceneBlock, slab: number): [axis: number, place: number][] {
  let rest = slab
  return [...flat(block).deep]
    .reverse()
    .map((axis): [number, number] => {
      const size = Math.max(block.shape[axis]!, 1)
      const place = rest % size
      rest = Math.floor(rest / size)
      return [axis, place]
    })
}

/** Index of a cell in the tensor; null for the room that an empty tensor takes. */
export function indexOf(block: SceneBlock, { slab, row, col }: Place): number[] | null {
  if (block.shape.includes(0)) return null
  const { col: across, row: down } = flat(block)
  const index = block.axes.map(() => 0)
  for (const [axis, place] of deepPlaces(block, slab)) index[axis] = place
  if (across !== null) index[across] = col
  if (down !== null) index[down] = row
  return index
}

export function placeOf(block: SceneBlock, index: readonly number[]): Place {
  const { col, row, deep } = flat(block)
  const slab = deep.reduce((sum, axis) => sum * Math.max(block.shape[axis]!, 1) + index[axis]!, 0)
  return { slab, row: row === null ? 0 : index[row]!, col: col === null ? 0 : index[col]! }
}

export function boundsOf(block: SceneBlock): Bounds {
  const [x, y, z] = block.corner
  const [width, height, depth] = block.size
  return { min: [x, y - height, -(z + depth)], max: [x + width, y, -z] }
}

export function slabBounds(block: SceneBlock, slab: number): Bounds {
  const whole = boundsOf(block)
  const z = slabDepth(block, slab)
  return { min: [whole.min[0], whole.min[1], -(z + 1)], max: [whole.max[0], whole.max[1], -z] }
}

export function cellBounds(block: SceneBlock, { slab, row, col }: Place): Bounds {
  const { min, max } = slabBounds(block, slab)
  const top = max[1] - row
  return { min: [min[0] + col, top - 1, min[2]], max: [min[0] + col + 1, top, max[2]] }
}

export function union(some: readonly Bounds[]): Bounds {
  const min: Vec3 = [Infinity, Infinity, Infinity]
  const max: Vec3 = [-Infinity, -Infinity, -Infinity]
  for (const one of some) {
    for (let d = 0; d < 3; d++) {
      min[d] = Math.min(min[d]!, one.min[d]!)
      max[d] = Math.max(max[d]!, one.max[d]!)
    }
  }
  return { min, max }
}

export function middle({ min, max }: Bounds): Vec3 {
  return [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, (min[2] + max[2]) / 2]
}
