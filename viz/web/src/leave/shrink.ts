/** Overviews of what the file holds whole, by the same rule as `overview` in viz/windows.py. */

export interface Shrunk {
  values: Float32Array
  shape: number[]
  /** Cells that a number stands for, along each axis. */
  bins: number[]
}

/** At most `most` numbers along each of one or two axes: of each bin the cell of largest magnitude. */
export function shrunk(values: Float32Array, shape: readonly number[], most: readonly number[]): Shrunk {
  const bins = shape.map((size, i) => Math.max(1, Math.ceil(size / most[i]!)))
  const found = shape.map((size, i) => Math.ceil(size / bins[i]!))
  const cols = shape.at(-1)!
  const rows = shape.length > 1 ? shape[0]! : 1
  const [down, across] = [shape.length > 1 ? bins[0]! : 1, bins.at(-1)!]
  const width = found.at(-1)!
  const out = new Float32Array(found.reduce((product, size) => product * size, 1))
  for (let at = 0; at < out.length; at++) {
    const top = Math.floor(at / width) * down
    const left = (at % width) * across
    out[at] = strongest(values, cols, [top, Math.min(top + down, rows)], [left, Math.min(left + across, cols)])
  }
  return { values: out, shape: found, bins }
}

/** Of two that differ only in sign the positive one; what is not a number wins; -inf, which is hidden, counts as nothing. */
function strongest(values: Float32Array, width: number, rows: [number, number], cols: [number, number]): number {
  let high = -Infinity
  let low = Infinity
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let col = cols[0]; col < cols[1]; col++) {
      const value = values[row * width + col]!
      if (Number.isNaN(value)) return NaN
      if (value > high) high = value
      if (value < low && value !== -Infinity) low = value
    }
  }
  return low === Infinity || high >= -low ? high : low
}
