/** Geometry and painting of one matrix. Knows nothing of the page around its canvas. */
import { colourOf, css, rangeOf } from "./colour"
import type { Tensor } from "./decode"
import { hatch } from "./hatch"

export interface Matrix {
  rows: number
  cols: number
  rowLabels: string[]
  colLabels: string[]
}

/** Sizes in CSS pixels. */
export interface Grid {
  rows: number
  cols: number
  cellWidth: number
  cellHeight: number
}

export type Cell = readonly [row: number, col: number]

const LARGEST_CELL = 20
const SMALLEST_HEIGHT = 2

/** A vector is a matrix of one row; null for what has more than two axes. */
export function asMatrix(tensor: Tensor): Matrix | null {
  const shape = tensor.shape.length === 1 ? [1, ...tensor.shape] : tensor.shape
  if (shape.length !== 2) return null
  return {
    rows: shape[0]!,
    cols: shape[1]!,
    rowLabels: tensor.row_labels ?? [],
    colLabels: tensor.col_labels ?? [],
  }
}

/** Square cells where there is room; narrower ones where there are many columns, flatter where many rows. */
export function fit(rows: number, cols: number, width: number, height: number): Grid {
  const cellWidth = Math.min(LARGEST_CELL, width / Math.max(cols, 1))
  const cellHeight = Math.max(SMALLEST_HEIGHT, Math.min(LARGEST_CELL, height / Math.max(rows, 1)))
  return { rows, cols, cellWidth, cellHeight }
}

/** The cell under a point of the canvas. */
export function hit(grid: Grid, x: number, y: number): Cell | null {
  const row = Math.floor(y / grid.cellHeight)
  const col = Math.floor(x / grid.cellWidth)
  if (row < 0 || col < 0 || row >= grid.rows || col >= grid.cols) return null
  return [row, col]
}

/** Where an arrow key leads; null for other keys. Stops at the edges. */
export function step(grid: Grid, [row, col]: Cell, key: string): Cell | null {
  const lastRow = grid.rows - 1
  const lastCol = grid.cols - 1
  if (key === "ArrowUp") return [Math.max(row - 1, 0), col]
  if (key === "ArrowDown") return [Math.min(row + 1, lastRow), col]
  if (key === "ArrowLeft") return [row, Math.max(col - 1, 0)]
  if (key === "ArrowRight") return [row, Math.min(col + 1, lastCol)]
  if (key === "Home") return [row, 0]
  if (key === "End") return [row, lastCol]
  return null
}

export function paint(context: CanvasRenderingContext2D, tensor: Tensor, grid: Grid, dark: boolean): void {
  const { rows, cols, cellWidth, cellHeight } = grid
  const range = rangeOf(tensor)
  // A hairline between cells helps counting; between tiny cells it would be all that one sees.
  const gap = Math.min(cellWidth, cellHeight) >= 8 ? 1 : 0
  context.clearRect(0, 0, cols * cellWidth, rows * cellHeight)
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const x = col * cellWidth
      const y = row * cellHeight
      const colour = colourOf(tensor.values[row * cols + col]!, tensor.kind, range, dark)
      if (colour) {
        context.fillStyle = css(colour)
        context.fillRect(x, y, cellWidth - gap, cellHeight - gap)
      } else {
        hatch(context, { left: x, top: y, width: cellWidth - gap, height: cellHeight - gap }, dark)
      }
    }
  }
}
