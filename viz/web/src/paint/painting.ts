/** The numbers being painted, and what undoes each stroke. Knows nothing of canvases. */

/** Cells of one stroke with what stood there before. */
interface Stroke {
  cells: number[]
  before: number[]
  after: number[]
}

const MOST_STROKES = 100

export class Painting {
  private readonly done: Stroke[] = []
  private readonly undone: Stroke[] = []
  private open: Map<number, number> | null = null

  /** rows is 1 where only the distance counts. ahead: whether a query sees the keys after it. */
  constructor(
    readonly heads: number,
    readonly rows: number,
    readonly cols: number,
    readonly values: Float32Array,
    readonly ahead: boolean,
  ) {
    if (values.length !== heads * rows * cols) {
      throw new Error(`${heads} × ${rows} × ${cols} numbers are wanted, ${values.length} came`)
    }
  }

  at(head: number, row: number, col: number): number {
    return this.values[(head * this.rows + row) * this.cols + col]!
  }

  /** Hidden cells cannot be painted: nobody would ever look. */
  hidden(row: number, col: number): boolean {
    return this.rows > 1 && !this.ahead && col > row
  }

  /** All cells set until `end` are undone together. */
  begin(): void {
    this.end()
    this.open = new Map()
  }

  /** head: null for all. Nothing happens outside the table. */
  set(head: number | null, row: number, col: number, value: number): void {
    if (row < 0 || col < 0 || row >= this.rows || col >= this.cols || this.hidden(row, col)) return
    const alone = this.open === null
    if (alone) this.begin()
    for (let h = head ?? 0; h <= (head ?? this.heads - 1); h++) {
      const cell = (h * this.rows + row) * this.cols + col
      if (!this.open!.has(cell)) this.open!.set(cell, this.values[cell]!)
      this.values[cell] = value
    }
    if (alone) this.end()
  }

  /** A square of cells, `width` wide, round one. */
  dab(head: number | null, row: number, col: number, value: number, width: number): void {
    const reach = (width - 1) / 2
    const up = this.rows > 1 ? reach : 0
    for (let r = row - up; r <= row + up; r++) {
      for (let c = col - reach; c <= col + reach; c++) this.set(head, r, c, value)
    }
  }

  end(): void {
    if (this.open === null) return
    const cells = [...this.open.keys()].filter((cell) => this.values[cell] !== this.open!.get(cell))
    if (cells.length) {
      const before = cells.map((cell) => this.open!.get(cell)!)
      this.done.push({ cells, before, after: cells.map((cell) => this.values[cell]!) })
      if (this.done.length > MOST_STROKES) this.done.shift()
      this.undone.length = 0
    }
    this.open = null
  }

  clear(head: number | null): void {
    this.begin()
    for (let row = 0; row < this.rows; row++) {
      for (let col = 0; col < this.cols; col++) this.set(head, row, col, 0)
    }
    this.end()
  }

  undo(): boolean {
    return this.move(this.done, this.undone, "before")
  }

  redo(): boolean {
    return this.move(this.undone, this.done, "after")
  }

  get canUndo(): boolean {
    return this.done.length > 0
  }

  get canRedo(): boolean {
    return this.undone.length > 0
  }

  private move(from: Stroke[], to: Stroke[], what: "before" | "after"): boolean {
    this.end()
    const stroke = from.pop()
    if (!stroke) return false
    stroke.cells.forEach((cell, i) => (this.values[cell] = stroke[what][i]!))
    to.push(stroke)
    return true
  }

  /** What Python gets: plain numbers and how they are arranged. */
  message(): { shape: number[]; values: number[] } {
    const shape = this.rows > 1 ? [this.heads, this.rows, this.cols] : [this.heads, this.cols]
    return { shape, values: Array.from(this.values) }
  }
}

/** Cells on the way from one to the other, both ends included: a fast pointer leaves no gaps. */
export function between(from: readonly [number, number], to: readonly [number, number]): [number, number][] {
  const steps = Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]), 1)
  return Array.from({ length: steps + 1 }, (_, i) => [
    Math.round(from[0] + ((to[0] - from[0]) * i) / steps),
    Math.round(from[1] + ((to[1] - from[1]) * i) / steps),
  ])
}
