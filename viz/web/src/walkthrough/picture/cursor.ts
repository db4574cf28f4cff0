/** Where a key leads from a cell, and what else a key does in a matrix. Pure. */
import type { Place } from "./marks"

export type Pressed =
  | { do: "go"; to: Place }
  | { do: "pin" }
  | { do: "zoom"; factor: number }
  | { do: "fit" }
  | { do: "leave" }

export const ZOOM_STEP = 1.4

/** `size`: rows and columns of the matrix; `page`: how many rows are in view. Null for keys that are not the matrix's. */
export function pressed(key: string, [row, col]: Place, [rows, cols]: readonly [number, number], page: number): Pressed | null {
  const go = (toRow: number, toCol: number): Pressed => ({
    do: "go",
    to: [Math.min(Math.max(toRow, 0), rows - 1), Math.min(Math.max(toCol, 0), cols - 1)],
  })
  switch (key) {
    case "ArrowUp":
      return go(row - 1, col)
    case "ArrowDown":
      return go(row + 1, col)
    case "ArrowLeft":
      return go(row, col - 1)
    case "ArrowRight":
      return go(row, col + 1)
    case "Home":
      return go(row, 0)
    case "End":
      return go(row, cols - 1)
    case "PageUp":
      return go(row - page, col)
    case "PageDown":
      return go(row + page, col)
    case "Enter":
      return { do: "pin" }
    case "+":
    case "=":
      return { do: "zoom", factor: ZOOM_STEP }
    case "-":
      return { do: "zoom", factor: 1 / ZOOM_STEP }
    case "0":
      return { do: "fit" }
    case "Escape":
      return { do: "leave" }
    default:
      return null
  }
}
