/** One matrix on its canvases: what is in view, its numbers, its labels, and the marks above. No Preact in here. */
import type { Source, Want } from "../data"
import { isAbort } from "../data"
import type { Index, Manifest } from "../types"
import type { CellRef, View as PageView } from "../view"
import type { Board, Painter } from "./board"
import { BARE, type Frame } from "./fit"
import { hasWords, labelOf, paintColLabels, paintRowLabels } from "./labels"
import type { Drawn, Line } from "./layout"
import { cellAt, inView, type Lens } from "./lens"
import type { Place, Strokes } from "./marks"
import { paintOver } from "./over"
import { type Area, limitOf, type Look, paintSheet, type Seen } from "./paint"
import { cellOf, indexOf, load, peek, type Pixels, type Sheet, wants } from "./sheet"
import { prepared } from "./surface"
import type { Tokens } from "./tokens"

export interface Shown {
  manifest: Manifest
  source: Source
  board: Board
  drawn: Drawn
  /** Axes of the whole tensor. */
  axes: string[]
  frame: Frame
  /** Before the names of its lenses: small multiples zoom apart from the large picture. */
  prefix: string
  dark: boolean
  inks: Strokes
  range: PageView["range"]
  lit: readonly CellRef[]
  pin: CellRef | null
  peek: CellRef | null
  /** Whether the whole tensor is named by a phrase under the pointer. */
  glow: boolean
  /** The scores that a pattern was made of: it is masked where they are -inf. */
  scores: Drawn | null
  /** The chosen token, and whose it is. */
  chosen: { tokens: Tokens; place: number } | null
}

/** What the page says beside the canvas. */
export interface Told {
  name: string
  sheet: Sheet | null
  seen: Seen
  limit: number
  error: string | null
}

export class MatrixCanvas implements Painter {
  ready = false
  private shown: Shown
  private last: Sheet | null = null
  private asked = ""
  private stop: AbortController | null = null
  private cursor: Place | null = null
  private painted = false

  constructor(
    private readonly base: HTMLCanvasElement,
    private readonly over: HTMLCanvasElement,
    shown: Shown,
    private readonly tell: (told: Told) => void,
    private readonly follow: (rows: Lens, cols: Lens) => void,
  ) {
    this.shown = shown
  }

  get drawn(): Drawn {
    return this.shown.drawn
  }

  get rows(): Lens {
    return this.lens(this.shown.drawn.rows, this.shown.frame.height)
  }

  get cols(): Lens {
    return this.lens(this.shown.drawn.cols, this.shown.frame.width)
  }

  get area(): Area {
    const { left, top, width, height } = this.shown.frame
    return { left, top, width, height }
  }

  show(shown: Shown): void {
    const before = this.shown
    this.shown = shown
    if (this.painted && same(before, shown, CELLS)) {
      if (!same(before, shown, MARKS)) this.mark()
      return
    }
    const other = before.manifest.trace !== shown.manifest.trace || tensorOf(before.drawn) !== tensorOf(shown.drawn)
    // What is awaited from another source never comes to this one.
    if (other || before.source !== shown.source) this.dispose()
    if (other) {
      this.last = null
      this.cursor = null
    }
    this.painted = true
    this.paint()
  }

  /** Gives up what is awaited. */
  dispose(): void {
    this.stop?.abort(new DOMException("left the view", "AbortError"))
    this.stop = null
  }

  /** The lens key of a side. */
  key(line: Line): string {
    return this.shown.prefix + line.group
  }

  private lens(line: Line | null, size: number): Lens {
    const found = line && this.shown.board.lenses.get(this.key(line))
    return found ? { ...found, count: line.count } : { count: line?.count ?? 1, cell: size, offset: 0, fit: size }
  }

  paint(): void {
    const { source, drawn, frame } = this.shown
    const { rows, cols } = this
    const rowRange = inView(rows, frame.height)
    const colRange = inView(cols, frame.width)
    const pixels = pixelsFor(rows, cols, frame)
    const sheet = peek(source, drawn, rowRange, colRange, pixels)
    const wanted = wants(drawn, rowRange, colRange, pixels)
    if (sheet) this.keep(sheet, wanted)
    else this.fetch(wanted)
    this.ready = sheet !== null || rowRange[0] === rowRange[1] || colRange[0] === colRange[1]
    this.paintBase(sheet ?? this.last, sheet === null)
    this.mark()
    this.follow(rows, cols)
    if (this.ready) this.shown.board.settled()
  }

  private keep(sheet: Sheet, shown: Want[]): void {
    this.last = sheet
    for (const want of shown) this.shown.source.show(want)
  }

  private fetch(asked: Want[]): void {
    const id = JSON.stringify(asked)
    if (id === this.asked && this.stop) return
    this.dispose()
    this.asked = id
    const stop = new AbortController()
    this.stop = stop
    load(this.shown.source, asked, stop.signal)
      .then(() => {
        if (this.stop === stop) this.stop = null
        this.paint()
      })
      .catch((error: unknown) => {
        if (this.stop !== stop) return
        this.stop = null
        if (!isAbort(error)) this.fail(error)
      })
  }

  /** Says what went wrong; nothing more is to be waited for. */
  private fail(error: unknown): void {
    this.tell({ name: this.drawn.name, sheet: null, seen: NOTHING, limit: 1, error: error instanceof Error ? error.message : String(error) })
    this.ready = true
    this.shown.board.settled()
  }

  private paintBase(sheet: Sheet | null, waiting: boolean): void {
    const { manifest, source, drawn, dark, range, inks } = this.shown
    const context = prepared(this.base, this.shown.frame)
    const limit = sheet ? limitOf(drawn.kind, sheet.limits, range) : 1
    let seen = NOTHING
    if (context) {
      const area = this.area
      context.fillStyle = dark ? "rgba(255, 255, 255, 0.05)" : "rgba(0, 0, 0, 0.04)"
      if (waiting) context.fillRect(area.left, area.top, area.width, area.height)
      const look: Look = { kind: drawn.kind, limit, dark, clipped: range === "robust", masked: this.masked() }
      if (sheet) seen = paintSheet(context, area, sheet, this.rows, this.cols, look)
      const { ink } = inks
      const piece = (id: number) => source.peekPiece(id)
      if (drawn.rows && area.left > BARE) paintRowLabels(context, area, this.rows, (at) => labelOf(manifest, drawn.rows!, at, piece), ink)
      if (drawn.cols && area.top > BARE) paintColLabels(context, area, this.cols, (at) => labelOf(manifest, drawn.cols!, at, piece), ink, hasWords(drawn.cols, this.cols))
      this.namePieces()
    }
    if (!waiting) this.tell({ name: drawn.name, sheet, seen, limit, error: null })
  }

  /** Asks for the text of vocabulary entries that have room for it. */
  private namePieces(): void {
    const { source, drawn, frame } = this.shown
    const missing = ([[drawn.rows, this.rows, frame.height], [drawn.cols, this.cols, frame.width]] as const).flatMap(
      ([line, lens, view]) => {
        if (line?.tokens !== "vocabulary" || lens.cell < 11) return []
        const [first, stop] = inView(lens, view)
        const ids = Array.from({ length: stop - first }, (_, i) => line.places?.[first + i] ?? first + i)
        return ids.filter((id) => source.peekPiece(id) === undefined)
      },
    )
    if (!missing.length) return
    // Without its text an entry keeps its number, so a failure here loses nothing.
    source.pieces(missing).then(() => this.paint(), () => {})
  }

  private masked(): Look["masked"] {
    const { scores, source, drawn, frame } = this.shown
    const { rows, cols } = this
    if (!scores || pixelsFor(rows, cols, frame)) return undefined
    const made = { ...scores, rows: drawn.rows, cols: drawn.cols }
    const where = [inView(rows, frame.height), inView(cols, frame.width), null] as const
    const sheet = peek(source, made, ...where)
    if (sheet) return (row, col) => cellOf(sheet, row, col) === Number.NEGATIVE_INFINITY
    load(source, wants(made, ...where)).then(
      () => this.paint(),
      (error: unknown) => this.fail(error),
    )
    return undefined
  }

  mark(): void {
    const context = prepared(this.over, this.shown.frame)
    if (context) paintOver(context, this.shown, this)
  }

  /** The cell under a point of the canvas. */
  hit(x: number, y: number): Place | null {
    const { left, top, width, height } = this.area
    if (x < left || y < top || x >= left + width || y >= top + height) return null
    const row = cellAt(this.rows, y - top)
    const col = cellAt(this.cols, x - left)
    return row < 0 || col < 0 ? null : [row, col]
  }

  /** The middle of a cell, from the corner of the view. */
  middle([row, col]: Place): [x: number, y: number] {
    const { rows, cols } = this
    return [(col + 0.5 - cols.offset) * cols.cell, (row + 0.5 - rows.offset) * rows.cell]
  }

  /** The token whose label is under a point. */
  hitLabel(x: number, y: number): { line: Line; place: number } | null {
    const { drawn } = this.shown
    const { left, top } = this.area
    if (x < left && y >= top && drawn.rows) return found(drawn.rows, cellAt(this.rows, y - top))
    if (y < top && x >= left && drawn.cols) return found(drawn.cols, cellAt(this.cols, x - left))
    return null
  }

  index([row, col]: Place): Index {
    return indexOf(this.shown.drawn, this.shown.axes, row, col)
  }

  /** The number of a cell, where it is in view. */
  value([row, col]: Place): number | null {
    return this.last && cellOf(this.last, row, col)
  }

  get at(): Place | null {
    return this.cursor
  }

  set at(place: Place | null) {
    this.cursor = place
    const { board, drawn } = this.shown
    board.point(place && { name: drawn.name, rows: drawn.rows, cols: drawn.cols, row: place[0], col: place[1] })
  }
}

/** What the cells depend on, and what only the marks above them do. */
const CELLS = ["manifest", "source", "board", "drawn", "frame", "prefix", "dark", "inks", "range", "scores"] as const
const MARKS = ["lit", "pin", "peek", "glow", "chosen"] as const

function tensorOf({ name, fixed }: Drawn): string {
  return JSON.stringify([name, fixed])
}

function same(one: Shown, other: Shown, keys: readonly (keyof Shown)[]): boolean {
  return keys.every((key) => Object.is(one[key], other[key]))
}

const NOTHING: Seen = { masked: false, nan: false }

function found(line: Line, place: number): { line: Line; place: number } | null {
  return place < 0 ? null : { line, place }
}

/** An overview where several cells share a pixel; null where every cell has its own. */
export function pixelsFor(rows: Lens, cols: Lens, frame: Frame): Pixels | null {
  if (rows.cell >= 1 && cols.cell >= 1) return null
  return { rows: Math.max(Math.floor(frame.height), 1), cols: Math.max(Math.floor(frame.width), 1) }
}
