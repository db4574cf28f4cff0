/**
 * Everything the page holds of a trace, and fetches where it does not hold it yet.
 *
 * Each getter has a `peek...` twin, which answers at once from what is held, or not at all. No cell is fetched
 * twice while it is kept; who asks for what is on its way already waits for that. Errors carry the server's words.
 * Give an AbortSignal for what may leave the view: the request is given up when nobody waits for it any more
 * (then the promise rejects with an AbortError, see `isAbort`).
 */
import { decode, type Kind, type Tensor } from "../decode"
import { readFaces } from "../scene/faces"
import type { Face, SceneInfo } from "../scene/types"
import { key, type Box, type Filled, type Range } from "./boxes"
import { Recent, Shared } from "./requests"
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

export interface Stats {
  requests: number
  /** Bytes of numbers, and bytes of everything else: headers, pages, explanations. */
  values: number
  metadata: number
}

const MOST_VALUE_BYTES = 48 << 20
const MOST_TEXT_BYTES = 8 << 20
/** As many as prefetching may have under way, so that what is wanted now need not queue behind it. */
const MOST_AHEAD = 2

export class Source {
  readonly stats: Stats = { requests: 0, values: 0, metadata: 0 }
  private readonly tensors = new Map<string, { axes: string[]; shape: number[]; kind: Kind; weight: boolean }>()
  private readonly sameAs: Map<string, string>
  private readonly limitsOf = new Map<string, Limits>()
  private readonly windows = new Windows(MOST_VALUE_BYTES)
  private readonly overviews = new Recent<Overview>(MOST_VALUE_BYTES / 4)
  private readonly texts = new Recent<unknown>(MOST_TEXT_BYTES)
  private readonly names: Map<number, string>
  private readonly pending = new Map<string, Shared<unknown>>()
  private readonly coming = new Map<string, Map<string, Box>>()
  private ahead: (() => Promise<unknown>)[] = []
  private running = 0

  /** `base`: address of the server, such as "http://localhost:8501/". */
  constructor(
    private readonly base: string,
    private readonly manifest: Manifest,
    private readonly ask: typeof fetch = (input, init) => fetch(input, init),
  ) {
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
    for (const [name, page] of Object.entries(pages)) this.texts.set(this.pageKey(name), page, 2 * JSON.stringify(page).length)
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
    const asked = this.share(id, async (stop) => {
      const tensor = await this.tensor(id, stop)
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
    return this.json(this.pageKey(name), signal)
  }

  peekPage(name: string): StagePage | undefined {
    return this.texts.get(this.pageKey(name)) as StagePage | undefined
  }

  explain(name: string, index: Index, terms = 50, signal?: AbortSignal): Promise<Explanation> {
    return this.json(this.explainKey(name, index, terms), signal)
  }

  peekExplain(name: string, index: Index, terms = 50): Explanation | undefined {
    return this.texts.get(this.explainKey(name, index, terms)) as Explanation | undefined
  }

  async readers(name: string, index: Index, signal?: AbortSignal): Promise<Reader[]> {
    return (await this.json<{ readers: Reader[] }>(this.readersKey(name, index), signal)).readers
  }

  peekReaders(name: string, index: Index): Reader[] | undefined {
    return (this.texts.get(this.readersKey(name, index)) as { readers: Reader[] } | undefined)?.readers
  }

  readout(signal?: AbortSignal): Promise<Readout> {
    return this.json(this.readoutKey(), signal)
  }

  peekReadout(): Readout | undefined {
    return this.texts.get(this.readoutKey()) as Readout | undefined
  }

  /** The text of tokens, by id. */
  async pieces(ids: readonly number[], signal?: AbortSignal): Promise<string[]> {
    const missing = [...new Set(ids)].filter((id) => !this.names.has(id)).sort((a, b) => a - b)
    if (missing.length) {
      const address = this.address("pieces", { ids: missing.join(",") })
      const { pieces } = await this.json<{ pieces: string[] }>(address, signal)
      missing.forEach((id, place) => this.names.set(id, pieces[place]!))
    }
    return ids.map((id) => this.names.get(id)!)
  }

  peekPiece(id: number): string | undefined {
    return this.names.get(id)
  }

  /** Where blocks stand in space: those of this trace, or of a network that is not here. */
  scene(layout?: string, signal?: AbortSignal): Promise<SceneInfo> {
    return this.json(this.address("scene", layout ? { layout } : {}), signal)
  }

  /** What blocks show from afar, at most `most` x `most` patches a slab. */
  async faces(names: readonly string[], most: number, signal: AbortSignal): Promise<Face[]> {
    const of = (weight: boolean) => names.filter((name) => this.known(name).weight === weight).join(",")
    const answer = await this.get(this.address("faces", { stages: of(false), weights: of(true), most: String(most) }), signal)
    const bytes = new Uint8Array(await answer.arrayBuffer())
    const found = readFaces(bytes)
    const values = found.reduce((sum, { patches }) => sum + patches.byteLength, 0)
    this.stats.values += values
    this.stats.metadata += bytes.byteLength - values
    return found
  }

  /** Fetches what will be in view soon, after what is in view now. Forgets what an earlier call still had to do. */
  prefetch(wants: readonly Want[], pages: readonly string[] = []): void {
    this.ahead = [
      ...pages.filter((name) => !this.peekPage(name)).map((name) => () => this.page(name)),
      ...wants.map(({ name, ranges, rows, cols }) => {
        if (rows && cols) return () => this.overview(name, rows, cols, ranges)
        return () => this.cells(name, ranges)
      }),
    ]
    this.runAhead()
  }

  private runAhead(): void {
    while (this.running < MOST_AHEAD && this.ahead.length) {
      this.running++
      // What fails here is asked for again, and told, when it is needed.
      const one = this.ahead.shift()!().catch(() => {})
      void one.finally(() => {
        this.running--
        this.runAhead()
      })
    }
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
      ? this.address("weights", { name, ...given })
      : this.address("cells", { stage: name, ...given })
    const coming = this.coming.get(name) ?? new Map<string, Box>()
    this.coming.set(name, coming)
    const shared = this.share(
      address,
      async (stop) => this.keep(await this.tensor(address, stop)),
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
    return this.address("overview", { ...which, ...given, rows: String(rows), cols: String(cols) })
  }

  private pageKey = (name: string) => this.address("page", { stage: name, lang: this.manifest.language })
  private readersKey = (name: string, index: Index) => this.address("readers", { stage: name, cell: index.join(",") })
  private readoutKey = () => this.address("readout", { lang: this.manifest.language })
  private explainKey = (name: string, index: Index, terms: number) =>
    this.address("explain", { stage: name, cell: index.join(","), terms: String(terms), lang: this.manifest.language })

  private address(route: string, given: Record<string, string>): string {
    // Colons and commas are allowed in a query, and readable in a log.
    const query = new URLSearchParams(given).toString().replaceAll("%3A", ":").replaceAll("%2C", ",")
    return new URL(`data/${this.manifest.trace}/${route}?${query}`, this.base).href
  }

  /** One request an address at a time, however many ask. */
  private share<T>(id: string, ask: (stop: AbortSignal) => Promise<T>, after: () => void = () => {}): Shared<T> {
    const coming = this.pending.get(id)
    if (coming && !coming.dropped) return coming as Shared<T>
    const made: Shared<T> = new Shared(async (stop) => {
      // Gone at once when given up, so that a new wish does not wait for a request that was stopped.
      const done = () => {
        if (this.pending.get(id) !== made) return
        this.pending.delete(id)
        after()
      }
      stop.addEventListener("abort", done, { once: true })
      try {
        return await ask(stop)
      } finally {
        done()
      }
    })
    this.pending.set(id, made)
    return made
  }

  private json<T>(address: string, signal?: AbortSignal): Promise<T> {
    const held = this.texts.get(address)
    if (held !== undefined) return Promise.resolve(held as T)
    return this.share(address, async (stop) => {
      const bytes = await (await this.get(address, stop)).arrayBuffer()
      const body = JSON.parse(new TextDecoder().decode(bytes)) as T
      this.stats.metadata += bytes.byteLength
      this.texts.set(address, body, 2 * bytes.byteLength)
      return body
    }).wait(signal)
  }

  private async tensor(address: string, signal: AbortSignal): Promise<Tensor & WindowHeader> {
    const bytes = new Uint8Array(await (await this.get(address, signal)).arrayBuffer())
    const tensor = decode(bytes).tensors[0] as Tensor & WindowHeader
    this.stats.values += tensor.values.byteLength
    this.stats.metadata += bytes.byteLength - tensor.values.byteLength
    return tensor
  }

  private async get(address: string, signal: AbortSignal): Promise<Response> {
    this.stats.requests++
    const answer = await this.ask(address, { signal })
    if (answer.ok) return answer
    const body = await answer.json().catch(() => null)
    throw new Error(body?.error ?? `${answer.status} ${answer.statusText}`)
  }
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
