/** Pieces of a tensor: how they are asked for, and what comes back. */
import type { Kind, Tensor } from "../decode"
import type { Filled, Range } from "./boxes"
import type { Limits, WindowHeader } from "./types"

/** For each axis a place or a range (the stop is not included); an axis left out is meant whole. */
export type Ranges = Readonly<Record<string, number | Range>>

/** Cells of a stage or a weight. The box has one range for each axis of the whole tensor. */
export interface Window extends Filled {
  name: string
  axes: string[]
  kind: Kind
  limits: Limits
}

/** Each number stands for `bin` cells along each axis, and is the one of largest magnitude among them. */
export interface Overview extends Window {
  bin: number[]
  rows: number
  cols: number
}

/** What the page may soon need. With rows and cols the overview is meant, otherwise the cells. */
export interface Want {
  name: string
  ranges: Ranges
  rows?: number
  cols?: number
}

/** Where the cells of an answer are in the whole tensor. An axis that was given a place is not in the answer's shape. */
export function place(tensor: Tensor & WindowHeader, axes: readonly string[]): Filled {
  const box = axes.map((axis): Range => {
    const start = tensor.origin[axis] ?? 0
    const at = tensor.axes.indexOf(axis)
    return [start, start + (at < 0 ? 1 : tensor.shape[at]! * (tensor.bin?.[at] ?? 1))]
  })
  return { box, values: tensor.values }
}

export function shaped(tensor: Tensor & WindowHeader): { bin: number[]; rows: number; cols: number } {
  const rows = tensor.shape.length > 1 ? tensor.shape[0]! : 1
  return { bin: tensor.bin ?? tensor.shape.map(() => 1), rows, cols: tensor.shape.at(-1) ?? 1 }
}
