/**
 * Everything the page holds of a trace, and fetches where it does not hold it yet.
 *
 * Each getter has a `peek...` twin, which answers at once from what is held, or not at all. No cell is fetched
 * twice while it is kept; who asks for what is on its way already waits for that. Errors carry the server's words.
 * Give an AbortSignal for what may leave the view: the request is given up when nobody waits for it any more
 * (then the promise rejects with an AbortError, see `isAbort`).
 */
import type { Kind, Tensor } from "../decode"
import { readFaces } from "../scene/faces"
import type { Face, SceneInfo } from "../scene/types"
import { key, type Box, type Filled, type Range } from "./boxes"
import { Queue } from "./queue"
import { Recent, type Shared } from "./requests"
import { Seen } from "./seen"
import { type Stats, Transport } from "./transport"
import type { Explanation, Index, Limits, Manifest, Reader, Readout, StagePage, WindowHeader } from "./types"
import { Windows } from "./windows"

export { isAbort } from "./requests"

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

const MOST_VALUE_BYTES = 48 << 20

export class Source {
  readonly stats: Stats
  private readonly transport: Transport
  private readonly ahead = new Queue()
  private readonly seen = new Seen()
  private readonly tensors = new Map<string, { axes: string[]; shape: number[]; kind: Kind; weight: boolean }>()
  private readonly sameAs: Map<string, string>
  private readonly limitsOf = new Map<string, Limits>()
  private readonly windows = new Windows(MOST_VALUE_BYTES)
  private readonly overviews = new Recent<Overview>(MOST_VALUE_BYTES / 4)
  private readonly names: Map<number, string>
  private readonly coming = new Map<string, Map<string, Box>>()

  /** `base`: address of the server, such as "http://localhost:8501/". */
  constructor(
    base: string,
    private readonly manifest: Manifest,
    ask: typeof fetch = (input, init) => fetch(input, init),
  ) {
    this.transport = new Transport(base, manifest.trace, manifest.language, ask)
    this.stats = this.transport.stats
    for (const [name, { axes, shape, kind }] of Object.entries(manifest.weights)) {
      this.tensors.set(name, { axes, shape, kind, weight: true })
    }
    for (const { name, axes, shape, kind } of manifest.stages) {
      this.tensors.set(name, { axes, shape, kind, weight: false })
    }
    this.sameAs = new Map(manifest.stages.flatMap(({ name, same_as }) => (same_as ? [[name, same_as]] : [])))
    this.names = new Map(manifest.vocabulary?.map((piece, id) => [id, piece]))
  }

  /** What came with the page: windows and stage pages that need not be asked for. */
  seed(tensors: readonly Tensor[], pages: Readonly<Record<string, StagePage>>): void {
    for (const tensor of tensors) this.keep(tensor as Tensor & WindowHeader)
    for (const [name, page] of Object.entries(pages)) this.transport.keep(this.pageKey(name), page)
  }

  /** Cells of a stage or of a weight, by its full name. */
  async cells(name: string, ranges: Ranges = {}, signal?: AbortSignal): Promise<Window> {
    const whole = this.canonical(name)
    this.demand(whole)
    const box = this.box(whole, ranges)
    // More than one round where what was waited for has been given up or dropped meanwhile.
    for (let round = 0; round < 3; round++) {
      const found = this.window(whole, box)
      if (found) return { ...found, name }
      const coming = [...(this.coming.get(whole)?.values() ?? [])]
      const missing = this.windows.missing(whole, box, coming, this.limitsOf.has(whole))
      await Promise.all(missing.map((part) => this.fetchBox(whole, part).wait(signal)))
    }
    throw new Error(`${name}: more cells than can be held at once`)
  }

  peekCells(name: string, ranges: Ranges = {}): Window | null {
    const whole = this.canonical(name)
    const found = this.window(whole, this.box(whole, ranges))
    return found && { ...found, name }
  }

  /** At most `rows` x `cols` numbers for the two axes that have a range (or one row for one axis). */
  async overview(name: string, rows: number, cols: number, ranges: Ranges, signal?: AbortSignal): Promise<Overview> {
    const held = this.peekOverview(name, rows, cols, ranges)
    if (held) return held
    const whole = this.canonical(name)
    this.demand(whole)
    const id = this.overviewKey(whole, rows, cols, ranges)
    const asked = this.transport.share(id, async (stop) => {
      const tensor = await this.transport.tensor(id, stop)
      const where = place(tensor, this.known(whole).axes)
      const made: Overview = { ...this.describe(whole), ...where, ...shaped(tensor), limits: tensor.limits }
      this.limitsOf.set(whole, tensor.limits)
      this.overviews.set(id, made, made.values.byteLength)
      return made
    })
    return { ...(await asked.wait(signal)), name }
  }

  peekOverview(name: string, rows: number, cols: number, ranges: Ranges): Overview | null {
    const found = this.overviews.get(this.overviewKey(this.canonical(name), rows, cols, ranges))
    return found ? { ...found, name } : null
  }

  /** Colour range of a whole tensor; known once any of its cells are. */
  limits(name: string): Limits | undefined {
    return this.limitsOf.get(this.canonical(name))
  }

  page(name: string, signal?: AbortSignal): Promise<StagePage> {
    return this.transport.json(this.pageKey(name), signal)
  }

  peekPage(name: string): StagePage | undefined {
    return this.transport.peek(this.pageKey(name))
  }

  explain(name: string, index: Index, terms = 50, signal?: AbortSignal): Promise<Explanation> {
    return this.transport.json(this.explainKey(name, index, terms), signal)
  }

  peekExplain(name: string, index: Index, terms = 50): Explanation | undefined {
    return this.transport.peek(this.explainKey(name, index, terms))
  }

  async readers(name: string, index: Index, signal?: AbortSignal): Promise<Reader[]> {
    return (await this.transport.json<{ readers: Reader[] }>(this.readersKey(name, index), signal)).readers
  }

  peekReaders(name: string, index: Index): Reader[] | undefined {
    return this.transport.peek<{ readers: Reader[] }>(this.readersKey(name, index))?.readers
  }

  readout(signal?: AbortSignal): Promise<Readout> {
    return this.transport.json(this.readoutKey(), signal)
  }

  peekReadout(): Readout | undefined {
    return this.transport.peek(this.readoutKey())
  }

  /** The text of tokens, by id. */
  async pieces(ids: readonly number[], signal?: AbortSignal): Promise<string[]> {
    const missing = [...new Set(ids)].filter((id) => !this.names.has(id)).sort((a, b) => a - b)
    if (missing.length) {
      const address = this.transport.address("pieces", { ids: missing.join(",") })
      const { pieces } = await this.transport.json<{ pieces: string[] }>(address, signal)
      missing.forEach((id, place) => this.names.set(id, pieces[place]!))
    }
    return ids.map((id) => this.names.get(id)!)
  }

  peekPiece(id: number): string | undefined {
    return this.names.get(id)
  }

  /** Where blocks stand in space: those of this trace, or of a network that is not here. */
  scene(layout?: string, signal?: AbortSignal): Promise<SceneInfo> {
    return this.transport.json(this.transport.address("scene", layout ? { layout } : {}), signal)
  }

  /** What blocks show from afar, at most `most` x `most` patches a slab. */
  async faces(names: readonly string[], most: number, signal: AbortSignal): Promise<Face[]> {
    const of = (weight: boolean) => names.filter((name) => this.known(name).weight === weight).join(",")
    const bytes = await this.transport.bytes(this.transport.address("faces", { stages: of(false), weights: of(true), most: String(most) }), signal)
    const found = readFaces(bytes)
    this.transport.counted(bytes, found.reduce((sum, { patches }) => sum + patches.byteLength, 0))
    return found
  }

  /** Fetches what will be in view soon, after what is in view now. Forgets what an earlier call still had to do. */
  prefetch(wants: readonly Want[]): void {
    this.ahead.fill(wants.map((want) => () => this.load(want)))
  }

  load({ name, ranges, rows, cols }: Want, signal?: AbortSignal): Promise<Window> {
    return rows && cols ? this.overview(name, rows, cols, ranges, signal) : this.cells(name, ranges, signal)
  }

  /** Counts what is in view now: see `Stats.shown`. */
  show({ name, ranges, rows, cols }: Want): void {
    const whole = this.canonical(name)
    const overview = rows && cols ? this.peekOverview(name, rows, cols, ranges) : null
    const fresh = overview
      ? this.seen.overview(this.overviewKey(whole, rows!, cols!, ranges), overview.values.length)
      : this.seen.cells(whole, this.box(whole, ranges))
    this.stats.shown += fresh * Float32Array.BYTES_PER_ELEMENT
  }

  private canonical(name: string): string {
    const target = this.sameAs.get(name)
    return target === undefined ? name : this.canonical(target)
  }

  private known(name: string) {
    const found = this.tensors.get(name)
    if (!found) throw new Error(`${name}: no such stage or weight`)
    return found
  }

  private describe(name: string): { name: string; axes: string[]; kind: Kind } {
    const { axes, kind } = this.known(name)
    return { name, axes, kind }
  }

  /** Where the trace was opened without its weights, nobody is asked for them. */
  private demand(name: string): void {
    if (this.manifest.missing && this.known(name).weight) throw new Error(this.manifest.missing)
  }

  private box(name: string, ranges: Ranges): Box {
    const { axes, shape } = this.known(name)
    return axes.map((axis, i): Range => {
      const range = ranges[axis] ?? ([0, shape[i]!] as const)
      if (typeof range === "number") return [range, range + 1]
      const start = Math.min(Math.max(range[0], 0), shape[i]!)
      return [start, Math.min(Math.max(range[1], start), shape[i]!)]
    })
  }

  private window(name: string, box: Box): Window | null {
    const limits = this.limitsOf.get(name)
    const values = limits && this.windows.find(name, box)
    return limits && values ? { ...this.describe(name), box, values, limits } : null
  }

  private fetchBox(name: string, box: Box): Shared<unknown> {
    const { axes, shape, weight } = this.known(name)
    const given = Object.fromEntries(
      axes.flatMap((axis, i) => {
        const [start, stop] = box[i]!
        return start === 0 && stop === shape[i] ? [] : [[axis, `${start}:${stop}`]]
      }),
    )
    const address = weight
      ? this.transport.address("weights", { name, ...given })
      : this.transport.address("cells", { stage: name, ...given })
    const coming = this.coming.get(name) ?? new Map<string, Box>()
    this.coming.set(name, coming)
    const shared = this.transport.share(
      address,
      async (stop) => this.keep(await this.transport.tensor(address, stop)),
      () => coming.delete(key(box)),
    )
    coming.set(key(box), box)
    return shared
  }

  private keep(tensor: Tensor & WindowHeader): void {
    const name = this.canonical(tensor.name)
    this.limitsOf.set(name, tensor.limits)
    this.windows.put(name, place(tensor, this.known(name).axes))
  }

  private overviewKey(name: string, rows: number, cols: number, ranges: Ranges): string {
    const { axes, weight } = this.known(name)
    const given = Object.fromEntries(
      axes.flatMap((axis) => {
        const range = ranges[axis]
        if (range === undefined) return []
        return [[axis, typeof range === "number" ? String(range) : range.join(":")]]
      }),
    )
    const which = weight ? { weight: name } : { stage: name }
    return this.transport.address("overview", { ...which, ...given, rows: String(rows), cols: String(cols) })
  }

  private pageKey = (name: string) => this.transport.address("page", { stage: name })
  private readersKey = (name: string, index: Index) =>
    this.transport.address("readers", { stage: name, cell: index.join(",") })
  private readoutKey = () => this.transport.address("readout", {})
  private explainKey = (name: string, index: Index, terms: number) =>
    this.transport.address("explain", { stage: name, cell: index.join(","), terms: String(terms) })
}

/** Where the cells of an answer are in the whole tensor. An axis that was given a place is not in the answer's shape. */
function place(tensor: Tensor & WindowHeader, axes: readonly string[]): Filled {
  const box = axes.map((axis): Range => {
    const start = tensor.origin[axis] ?? 0
    const at = tensor.axes.indexOf(axis)
    return [start, start + (at < 0 ? 1 : tensor.shape[at]! * (tensor.bin?.[at] ?? 1))]
  })
  return { box, values: tensor.values }
}

function shaped(tensor: Tensor & WindowHeader): { bin: number[]; rows: number; cols: number } {
  const rows = tensor.shape.length > 1 ? tensor.shape[0]! : 1
  return { bin: tensor.bin ?? tensor.shape.map(() => 1), rows, cols: tensor.shape.at(-1) ?? 1 }
}
