/** Rows and columns in colours. */
import { called } from "../cursors"
import { cellBox, type Box } from "../pen"
import { letters, places } from "../scale"
import { arrayOf, slice, type Slice, valueAt } from "../slice"
import type { MatrixPanel } from "../types"
import { colour, legend } from "./legend"
import { type Kind, markOf, type Scene } from "./kind"

const TOP = 6
const LEGEND = 34
const LARGEST = 44

type Given = Omit<Scene<MatrixPanel>, "height">

/** Sizes never depend on the cursors, so that nothing jumps while they move. */
function sizes({ board, panel }: Given): [rows: number, cols: number] {
  const { axes, shape } = arrayOf(board, panel.values)
  const [rows, cols] = panel.drawn.map((name) => shape[axes.indexOf(name)] ?? 0)
  return [rows!, cols!]
}

export function area(scene: Given): Box {
  const [rows, cols] = sizes(scene)
  const { axes } = scene.board
  const left = 22 + 6.5 * letters(axes[scene.panel.drawn[0]], rows)
  const width = Math.min(scene.width - left - 6, LARGEST * cols)
  const cell = width / Math.max(cols, 1)
  const high = Math.min(Math.max(cell, Math.min(14, 260 / rows)), Math.max(340 / rows, 2), LARGEST)
  return { left, top: TOP, width, height: high * rows }
}

function seen({ board, panel, shown }: Given): Slice | null {
  return slice(arrayOf(board, panel.values), shown, panel.drawn)
}

export const matrix: Kind<MatrixPanel> = {
  axes: ({ drawn }) => ({ vertical: drawn[0], horizontal: drawn[1] }),
  arrays: (panel) => [panel.values],
  height: (scene) => area(scene).height + TOP + 32 + LEGEND,

  draw(pen, scene) {
    const { board, panel, ink } = scene
    const box = area(scene)
    const [rows, cols] = sizes(scene)
    const [down, across] = panel.drawn.map((name) => board.axes[name])
    const found = seen(scene)
    pen.cells(box, rows, cols, (r, c) => (found ? colour(found.at(r, c), panel, ink.dark) : null), ink.stripes)
    for (const row of places(rows, box.height / rows, 1.2)) {
      const y = box.top + ((row + 0.5) * box.height) / rows
      pen.text(box.left - 5, y, called(down, row), { anchor: "end", color: ink.text })
    }
    for (const col of places(cols, box.width / cols, letters(across, cols))) {
      const x = box.left + ((col + 0.5) * box.width) / cols
      pen.text(x, box.top + box.height + 10, called(across, col), { anchor: "middle", color: ink.text })
    }
    const below = box.top + box.height + 25
    const right = Math.max(box.left + box.width / 2, box.left + 3 * (across?.title.length ?? 0))
    pen.text(right, below, across?.title ?? "", { anchor: "middle", color: ink.faint })
    pen.text(8, box.top + box.height / 2, down?.title ?? "", { anchor: "middle", color: ink.faint, up: true })
    legend(pen, panel, ink, below + 22, box.left, scene.width - box.left)
  },

  mark(pen, scene) {
    const box = area(scene)
    const [rows, cols] = sizes(scene)
    const [row, col] = scene.panel.drawn.map((name) => scene.shown[name])
    const inRows = row !== undefined && row < rows
    const inCols = col !== undefined && col < cols
    const [down, across] = scene.panel.drawn
    if (inRows) {
      const y = box.top + (row * box.height) / rows
      pen.frame({ ...box, top: y, height: box.height / rows }, { ...markOf(scene, down), width: 1, opacity: 0.8 })
    }
    if (inCols) {
      const x = box.left + (col * box.width) / cols
      pen.frame({ ...box, left: x, width: box.width / cols }, { ...markOf(scene, across), width: 1, opacity: 0.8 })
    }
    if (inRows && inCols) pen.frame(cellBox(box, rows, cols, row, col), { color: scene.ink.pin, width: 2.5 })
  },

  hit(scene, x, y) {
    const box = area(scene)
    const [rows, cols] = sizes(scene)
    const row = Math.floor(((y - box.top) / box.height) * rows)
    const col = Math.floor(((x - box.left) / box.width) * cols)
    if (row < 0 || col < 0 || row >= rows || col >= cols) return null
    return { [scene.panel.drawn[0]]: row, [scene.panel.drawn[1]]: col }
  },

  said: ({ board, panel, shown }) => [{ name: "", value: valueAt(board, panel.values, shown) }],

  table(scene) {
    const { board, panel, shown } = scene
    const [rows, cols] = sizes(scene)
    const found = seen(scene)
    const others = arrayOf(board, panel.values).axes.filter((axis) => !panel.drawn.includes(axis))
    const out: (string | number)[][] = [[...others, ...panel.drawn].map((name) => board.axes[name]?.title ?? name)]
    out[0]!.push("value")
    for (let row = 0; row < rows; row++) {
      for (let col = 0; col < cols; col++) {
        const value = found?.at(row, col) ?? Number.NaN
        if (Number.isNaN(value)) continue
        const [down, across] = panel.drawn.map((name) => board.axes[name])
        const at = others.map((name) => called(board.axes[name], shown[name] ?? 0))
        out.push([...at, called(down, row), called(across, col), value])
      }
    }
    return out
  },
}
