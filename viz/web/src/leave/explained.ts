/** Reads what `viz/leave/packed.py` wrote: many explanations of one stage, by columns. */
import type { Explanation, Index, JsonNumber, TermInfo } from "../walkthrough/types"

/** One entry a cell down to `kept`, then one a term, then one a source or a number of it. */
export interface Packed {
  axes: string[]
  said: Record<string, string[]>
  plain: string[]
  /** Names of the tensors that a term is made of, each combination once. */
  sources: string[][]
  /** Tensors that the file lacks: their numbers are in `number`. */
  given: string[]
  at: number[]
  text: string[]
  exact: (JsonNumber | null)[]
  op: number[]
  formula: number[]
  words: number[]
  recomputed: JsonNumber[]
  total: (number | null)[]
  worked: (string | string[])[]
  places: number[][]
  terms: number[]
  kept: number[]
  shared: number[]
  place: number[]
  share: number[]
  label: number[]
  value: (JsonNumber | null)[]
  from: number[]
  index: number[]
  number: JsonNumber[]
  /** Of a difference: the numbers of the two. */
  this: string[]
  other: string[]
}

/** The number in a cell of a tensor that the file holds. */
export type Cells = (name: string, index: Index) => number
/** How many axes a tensor has. */
export type Rank = (name: string) => number

/** Where the columns of a cell begin: of its terms, indices and so on. */
interface Start {
  term: number
  share: number
  index: number
  number: number
  before: number[]
}

export class Explanations {
  private readonly starts: Start[] = []
  private readonly places: Map<number, number>
  private readonly languages: string[]

  constructor(
    private readonly name: string,
    private readonly packed: Packed,
    private readonly rank: Rank,
  ) {
    this.places = new Map(packed.at.map((at, i) => [at, i]))
    this.languages = Object.keys(packed.said)
    let start: Start = { term: 0, share: 0, index: 0, number: 0, before: [] }
    for (let cell = 0; cell < packed.at.length; cell++) {
      this.starts.push(start)
      start = this.read(cell, start, () => {})
    }
  }

  /** Tensors whose cells are needed. */
  get needs(): string[] {
    return [...new Set(this.packed.sources.flat())].filter((name) => !this.packed.given.includes(name))
  }

  has(at: number): boolean {
    return this.places.has(at)
  }

  /** `at`: place of the cell in its stage, row by row. At most `most` terms. */
  of(at: number, index: Index, language: string, most: number, cells: Cells): Explanation {
    const cell = this.places.get(at)!
    const { packed } = this
    const said = packed.said[language]!
    const terms: Omit<TermInfo, "share">[] = []
    const start = this.starts[cell]!
    this.read(cell, start, (term, place, flat, number) => {
      const sources = this.sources(term, flat, number, cells)
      const label = said[packed.label[term]!]!.replace(/\x01(\d+)\x01/g, (_, i: string) => String(flat[Number(i)]))
      const value = packed.value[term] ?? plain(sources.reduce((product, source) => product * Number(source.value), 1))
      terms.push({ place, label, value, sources })
    })
    const total = packed.total[cell]
    return {
      ...(total === null || total === undefined ? {} : { total }),
      ...(packed.this.length ? { this: packed.this[cell]!, other: packed.other[cell]! } : {}),
      name: this.name,
      index,
      value: packed.exact[cell] ?? valueOf(packed.text[cell]!),
      text: packed.text[cell]!,
      formula: said[packed.formula[cell]!]!,
      op: packed.plain[packed.op[cell]!]!,
      recomputed: packed.recomputed[cell]!,
      n_terms: packed.terms[cell]!,
      terms: this.ordered(cell, terms).slice(0, most),
      worked: this.worked(cell, language),
      words: said[packed.words[cell]!]!,
      places: packed.axes.map((axis, i) => [axis, packed.plain[packed.places[cell]![i]!]!]),
    }
  }

  /** Terms that are here, of a cell that has more. */
  kept(at: number): number {
    return this.packed.kept[this.places.get(at)!]!
  }

  private sources(term: number, flat: readonly number[], first: number, cells: Cells): TermInfo["sources"] {
    let from = 0
    let number = first
    return this.packed.sources[this.packed.from[term]!]!.map((name) => {
      const index = flat.slice(from, (from += this.rank(name)))
      const value = this.packed.given.includes(name) ? this.packed.number[number++]! : plain(cells(name, index))
      return { name, index, value }
    })
  }

  /** Shares are those that were written, or those of the largest; the largest comes first. */
  private ordered(cell: number, terms: Omit<TermInfo, "share">[]): TermInfo[] {
    const first = this.starts[cell]!.share
    const most = Math.max(0, ...terms.map(({ value }) => Math.abs(Number(value)))) || 1
    const shares = terms.map(({ value }, i) => (this.packed.shared[cell] ? this.packed.share[first + i]! : Number(value) / most))
    return terms.map((term, i) => ({ ...term, share: shares[i]! })).sort((a, b) => Math.abs(b.share) - Math.abs(a.share) || a.place - b.place)
  }

  private worked(cell: number, language: string): string {
    const written = this.packed.worked[cell]!
    if (typeof written !== "string") return written[this.languages.indexOf(language)]!
    return written.replace(/\\text\{(\d+)\}/g, (_, i: string) => `\\text{${this.packed.said[language]![Number(i)]!}}`)
  }

  /** Goes through the terms of a cell: `tell` is given each one's row, place, indices and first number. Returns where the next cell begins. */
  private read(
    cell: number,
    start: Start,
    tell: (term: number, place: number, flat: number[], number: number) => void,
  ): Start {
    const { packed } = this
    const count = packed.kept[cell]!
    let { index, number, before } = start
    let place = -1
    for (let term = start.term; term < start.term + count; term++) {
      const names = packed.sources[packed.from[term]!]!
      const length = names.reduce((sum, name) => sum + this.rank(name), 0)
      const then = before.length === length ? before : new Array<number>(length).fill(0)
      const flat = then.map((earlier, i) => earlier + packed.index[index + i]!)
      place += packed.place[term]! + 1
      tell(term, place, flat, number)
      index += length
      number += names.filter((name) => packed.given.includes(name)).length
      before = flat
    }
    return { term: start.term + count, share: start.share + (packed.shared[cell] ? count : 0), index, number, before }
  }
}

/** The text is the shortest that reads back as the same float32. */
function valueOf(text: string): JsonNumber {
  const value = Number(text)
  return Number.isFinite(value) ? (Number.isSafeInteger(value) ? value : Math.fround(value)) : text
}

function plain(value: number): JsonNumber {
  if (Number.isFinite(value)) return value
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"
}
