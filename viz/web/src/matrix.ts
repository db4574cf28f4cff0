/** One matrix on the page: title, labels, cells, and the cell that is pointed at in words. */
import type { Tensor } from "./decode"
import { short } from "./format"
import { asMatrix, fit, hit, paint, step, type Cell, type Grid, type Matrix } from "./heatmap"

const SMALLEST_LABELLED_CELL = 11
const ROOM_FOR_ROW_LABELS = 64

export class MatrixView {
  readonly element = document.createElement("figure")
  private readonly caption = document.createElement("figcaption")
  private readonly rowLabels = labels("rows")
  private readonly colLabels = labels("cols")
  private readonly cells = document.createElement("div")
  private readonly canvas = document.createElement("canvas")
  private readonly band = marker("band")
  private readonly cursor = marker("cursor")
  private readonly readout = document.createElement("p")
  private tensor: Tensor | null = null
  private matrix: Matrix | null = null
  private grid: Grid = { rows: 0, cols: 0, cellWidth: 1, cellHeight: 1 }
  private cell: Cell | null = null

  /** `onPoint` hears the row that is pointed at, or null when the pointer has left. */
  constructor(private readonly onPoint: (tensor: Tensor, row: number | null) => void) {
    this.element.className = "matrix"
    this.cells.className = "cells"
    this.cells.tabIndex = 0
    this.cells.setAttribute("role", "group")
    this.readout.className = "readout"
    this.readout.setAttribute("role", "status")
    const plot = document.createElement("div")
    plot.className = "plot"
    this.cells.append(this.canvas, this.band, this.cursor)
    plot.append(this.colLabels, this.rowLabels, this.cells)
    this.element.append(this.caption, plot, this.readout)
    this.listen()
  }

  show(tensor: Tensor, width: number, height: number, dark: boolean): void {
    this.tensor = tensor
    this.matrix = asMatrix(tensor)
    const shape = document.createElement("span")
    shape.className = "shape"
    shape.textContent = axisNames(tensor).map((axis, i) => `${axis} ${tensor.shape[i]}`).join(" × ")
    this.caption.replaceChildren(tensor.title, shape)
    this.element.dataset.name = tensor.name
    this.cells.setAttribute("aria-label", `${tensor.title}, ${shape.textContent}. Arrow keys read its cells.`)
    if (!this.matrix) return

    const { rows, cols, rowLabels, colLabels } = this.matrix
    this.grid = fit(rows, cols, width - (rowLabels.length ? ROOM_FOR_ROW_LABELS : 0), height)
    const { cellWidth, cellHeight } = this.grid
    fill(this.rowLabels, cellHeight < SMALLEST_LABELLED_CELL ? [] : rowLabels, "height", cellHeight)
    fill(this.colLabels, cellWidth < SMALLEST_LABELLED_CELL ? [] : colLabels, "width", cellWidth)
    this.draw(tensor, dark)
    this.point(this.cell && this.cell[0] < rows && this.cell[1] < cols ? this.cell : null)
  }

  /** Marks a row from outside: the same token in another picture. */
  mark(row: number | null): void {
    const known = row !== null && row < this.grid.rows
    this.band.hidden = !known
    if (known) place(this.band, "top", "height", row, this.grid.cellHeight)
  }

  private draw(tensor: Tensor, dark: boolean): void {
    const { rows, cols, cellWidth, cellHeight } = this.grid
    const width = cols * cellWidth
    const height = rows * cellHeight
    const sharpness = window.devicePixelRatio || 1
    this.canvas.width = Math.round(width * sharpness)
    this.canvas.height = Math.round(height * sharpness)
    this.canvas.style.width = `${width}px`
    this.canvas.style.height = `${height}px`
    const context = this.canvas.getContext("2d")
    if (!context) return
    context.scale(sharpness, sharpness)
    paint(context, tensor, this.grid, dark)
  }

  private listen(): void {
    this.cells.addEventListener("pointermove", (event) => {
      const box = this.canvas.getBoundingClientRect()
      this.choose(hit(this.grid, event.clientX - box.left, event.clientY - box.top))
    })
    this.cells.addEventListener("pointerleave", () => this.choose(null))
    this.cells.addEventListener("focus", () => this.choose(this.cell ?? [0, 0]))
    this.cells.addEventListener("blur", () => this.choose(null))
    this.cells.addEventListener("keydown", (event) => {
      const next = step(this.grid, this.cell ?? [0, 0], event.key)
      if (!next) return
      event.preventDefault()
      this.choose(next)
    })
  }

  private choose(cell: Cell | null): void {
    if (!this.tensor || !this.matrix) return
    if (cell?.[0] === this.cell?.[0] && cell?.[1] === this.cell?.[1]) return
    this.point(cell)
    this.onPoint(this.tensor, cell ? cell[0] : null)
  }

  private point(cell: Cell | null): void {
    this.cell = cell
    this.cursor.hidden = !cell
    this.readout.textContent = cell ? this.words(cell) : ""
    if (!cell) return
    place(this.cursor, "top", "height", cell[0], this.grid.cellHeight)
    place(this.cursor, "left", "width", cell[1], this.grid.cellWidth)
  }

  private words([row, col]: Cell): string {
    const { values } = this.tensor!
    const axes = axisNames(this.tensor!)
    const { cols, rowLabels, colLabels, rows } = this.matrix!
    const [rowAxis, colAxis] = axes.length === 1 ? ["", axes[0]!] : [axes[0]!, axes[1]!]
    const where = [named(colAxis, col, colLabels)]
    if (rows > 1 || rowAxis) where.unshift(named(rowAxis, row, rowLabels))
    return `${where.join(", ")}: ${short(values[row * cols + col]!)}`
  }
}

function axisNames(tensor: Tensor): string[] {
  return tensor.axis_names ?? tensor.axes
}

function named(axis: string, index: number, names: string[]): string {
  // U+2068 and U+2069 keep a right-to-left token from turning the numbers beside it around.
  const name = names[index] === undefined ? "" : ` “\u2068${names[index]}\u2069”`
  return `${axis} ${index}${name}`
}

function labels(side: "rows" | "cols"): HTMLElement {
  const element = document.createElement("div")
  element.className = `labels ${side}`
  element.setAttribute("aria-hidden", "true")
  return element
}

function marker(className: string): HTMLElement {
  const element = document.createElement("div")
  element.className = className
  element.hidden = true
  return element
}

function fill(element: HTMLElement, names: string[], side: "width" | "height", size: number): void {
  element.replaceChildren(
    ...names.map((name) => {
      const label = document.createElement("bdi")
      label.textContent = name
      label.style[side] = `${size}px`
      if (side === "height") label.style.lineHeight = `${size}px`
      return label
    }),
  )
}

function place(element: HTMLElement, edge: "top" | "left", side: "width" | "height", index: number, size: number): void {
  element.style[edge] = `${index * size - 1}px`
  element.style[side] = `${size + 1}px`
}
