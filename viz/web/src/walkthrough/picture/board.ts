/** What the matrices of one picture share: lenses, the cell that is pointed at, and whether all are painted. */
import type { Drawn, Line } from "./layout"
import type { Lens } from "./lens"
import type { Tokens } from "./tokens"

/** The cell under the pointer or the cursor, as the other matrices need it. */
export interface Pointed {
  name: string
  rows: Line | null
  cols: Line | null
  row: number
  col: number
}

export interface Painter {
  readonly drawn: Drawn
  readonly ready: boolean
  /** Cells and labels. */
  paint(): void
  /** Only what lies above them: bands, outlines, the cursor. */
  mark(): void
}

export class Board {
  readonly lenses = new Map<string, Lens>()
  private readonly painters = new Set<Painter>()
  private at: Pointed | null = null
  private full = false

  /** Called whenever all matrices show their numbers. */
  constructor(private readonly onReady: () => void) {}

  get pointed(): Pointed | null {
    return this.at
  }

  join(painter: Painter): () => void {
    this.painters.add(painter)
    return () => {
      this.painters.delete(painter)
      // The one that all others waited for may be the one that left. A board that all have left has nothing to tell.
      queueMicrotask(() => {
        if (this.painters.size) this.settled()
      })
    }
  }

  point(pointed: Pointed | null): void {
    this.at = pointed
    for (const painter of this.painters) painter.mark()
  }

  /** Moves one axis; every matrix that has it follows. */
  move(key: string, lens: Lens): void {
    this.moveAll([[key, lens]])
  }

  moveAll(moves: readonly (readonly [key: string, lens: Lens])[]): void {
    const changed = moves.filter(([key, lens]) => {
      const before = this.lenses.get(key)
      return before?.cell !== lens.cell || before.offset !== lens.offset
    })
    for (const [key, lens] of changed) this.lenses.set(key, lens)
    if (changed.length) for (const painter of this.painters) painter.paint()
  }

  /** All matrices have joined. */
  complete(): void {
    this.full = true
    this.settled()
  }

  settled(): void {
    if (this.full && this.ready) this.onReady()
  }

  get ready(): boolean {
    return [...this.painters].every(({ ready }) => ready)
  }
}

/** Which row (or column) of a matrix is marked, since the pointer is on the same place of the same axis; or -1. */
export function marked(line: Line | null, pointed: Pointed | null): number {
  if (!line || !pointed) return -1
  if (pointed.rows?.group === line.group) return pointed.row
  if (pointed.cols?.group === line.group) return pointed.col
  return -1
}

/** The place along a line whose token the pointer is on, wherever that token stands; or -1. */
export function markedToken(line: Line | null, pointed: Pointed | null): number {
  if (!line || !pointed) return -1
  const token = tokenOf(pointed)
  return token && named(line.tokens) && token.tokens === line.tokens && token.place < line.count ? token.place : -1
}

function tokenOf({ rows, cols, row, col }: Pointed): { tokens: Tokens; place: number } | null {
  if (rows && named(rows.tokens)) return { tokens: rows.tokens, place: row }
  if (cols && named(cols.tokens)) return { tokens: cols.tokens, place: col }
  return null
}

/** Is it a side of the input? */
export function named(tokens: Tokens): boolean {
  return tokens !== null && !["vocabulary", "labels", "patches"].includes(tokens)
}
