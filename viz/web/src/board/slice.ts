/** What a panel sees of an array: all of the axes it draws, and of the others the place of the cursor. */
import type { Tensor } from "../decode"
import type { Board, Cursors } from "./types"

export class Slice {
  constructor(
    private readonly values: Float32Array,
    private readonly offset: number,
    private readonly strides: readonly number[],
    readonly sizes: readonly number[],
  ) {}

  /** The number at places on the drawn axes, in their order; NaN past the end. */
  at(...places: number[]): number {
    let where = this.offset
    for (let i = 0; i < places.length; i++) {
      const place = places[i]!
      if (place < 0 || place >= this.sizes[i]!) return Number.NaN
      where += place * this.strides[i]!
    }
    return this.values[where]!
  }
}

/** null where a cursor is missing, or past the end of this array. */
export function slice(tensor: Tensor, cursors: Cursors, drawn: readonly string[]): Slice | null {
  const strides = drawn.map(() => 0)
  const sizes = drawn.map(() => 1)
  let offset = 0
  let stride = 1
  for (let i = tensor.axes.length - 1; i >= 0; i--) {
    const size = tensor.shape[i]!
    const order = drawn.indexOf(tensor.axes[i]!)
    if (order >= 0) {
      strides[order] = stride
      sizes[order] = size
    } else {
      const place = cursors[tensor.axes[i]!]
      if (place === undefined || place >= size) return null
      offset += place * stride
    }
    stride *= size
  }
  return new Slice(tensor.values, offset, strides, sizes)
}

/** The one number at the cursors; null where there is none. */
export function valueAt(board: Board, name: string, cursors: Cursors): number | null {
  const found = slice(arrayOf(board, name), cursors, [])
  return found && found.at()
}

/** Sum over the last axis of the products of two arrays at the cursors. */
export function product(board: Board, one: string, other: string, cursors: Cursors): number | null {
  const [a, b] = [one, other].map((name) => {
    const array = arrayOf(board, name)
    return slice(array, cursors, array.axes.slice(-1))
  })
  if (!a || !b) return null
  let sum = 0
  for (let i = 0; i < a.sizes[0]!; i++) sum += a.at(i) * b.at(i)
  return sum
}

export function arrayOf(board: Board, name: string): Tensor {
  const found = board.arrays.get(name)
  if (!found) throw new Error(`the message has no array ${name}`)
  return found
}

/** What a slice depends on: as long as this stays the same, so does the picture. */
export function sliceKey(board: Board, names: readonly string[], cursors: Cursors, drawn: readonly string[]): string {
  const axes = new Set(names.flatMap((name) => arrayOf(board, name).axes).filter((axis) => !drawn.includes(axis)))
  return [...axes].map((axis) => `${axis}=${cursors[axis]}`).join("&")
}
