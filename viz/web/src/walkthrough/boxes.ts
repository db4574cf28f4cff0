/** Boxes of cells: ranges along every axis of a tensor, and how values move between them. Pure arithmetic. */

/** First place and the place after the last. */
export type Range = readonly [start: number, stop: number]
/** One range an axis. */
export type Box = readonly Range[]

export interface Filled {
  box: Box
  /** The cells of the box, the last axis fastest. */
  values: Float32Array
}

export function count(box: Box): number {
  return box.reduce((product, [start, stop]) => product * Math.max(stop - start, 0), 1)
}

export function key(box: Box): string {
  return box.map(([start, stop]) => `${start}:${stop}`).join(",")
}

export function contains(outer: Box, inner: Box): boolean {
  return inner.every(([start, stop], axis) => outer[axis]![0] <= start && stop <= outer[axis]![1])
}

/** What both have; null where that is nothing. */
export function common(a: Box, b: Box): Box | null {
  const found = a.map(([start, stop], axis): Range => [Math.max(start, b[axis]![0]), Math.min(stop, b[axis]![1])])
  return found.every(([start, stop]) => start < stop) ? found : null
}

/** The cells of `box` that `hole` has not, as boxes that do not overlap: at most two an axis. */
export function without(box: Box, hole: Box): Box[] {
  const shared = common(box, hole)
  if (!shared) return [box]
  const left: Box[] = []
  const rest = [...box]
  shared.forEach(([start, stop], axis) => {
    const [first, end] = rest[axis]!
    if (first < start) left.push(replaced(rest, axis, [first, start]))
    if (stop < end) left.push(replaced(rest, axis, [stop, end]))
    rest[axis] = [start, stop]
  })
  return left
}

function replaced(box: Box, axis: number, range: Range): Box {
  return box.map((old, place) => (place === axis ? range : old))
}

/** The values of a box, out of boxes that together cover it; null where they do not. */
export function assemble(box: Box, parts: readonly Filled[]): Float32Array | null {
  const whole = parts.find((part) => key(part.box) === key(box))
  if (whole) return whole.values
  let missing: Box[] = count(box) ? [box] : []
  const values = new Float32Array(count(box))
  for (const part of parts) {
    const shared = common(box, part.box)
    if (!shared) continue
    missing = missing.flatMap((one) => without(one, part.box))
    copy(shared, part, { box, values })
  }
  return missing.length ? null : values
}

/** Copies the cells of `box`, which lies in both. Runs along the last axis move as a whole. */
function copy(box: Box, from: Filled, to: Filled): void {
  const last = box.length - 1
  const run = last < 0 ? 1 : box[last]![1] - box[last]![0]
  const index = box.map(([start]) => start)
  for (;;) {
    const source = offset(from.box, index)
    to.values.set(from.values.subarray(source, source + run), offset(to.box, index))
    let axis = last - 1
    while (axis >= 0 && ++index[axis]! >= box[axis]![1]) {
      index[axis] = box[axis]![0]
      axis--
    }
    if (axis < 0) return
  }
}

/** Where the cell at `index` (in the whole tensor) is among the values of `box`. */
export function offset(box: Box, index: readonly number[]): number {
  return box.reduce((sum, [start, stop], axis) => sum * (stop - start) + (index[axis]! - start), 0)
}
