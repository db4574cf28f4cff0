/**
 * Everything the page holds of a trace, and fetches where it does not hold it yet.
 *
 * Each getter has a `peek...` twin, which answers at once from what is held, or not at all. No cell is fetched
 * twice while it is kept; who asks for what is on its way already waits for that. Errors carry the server's words.
 * Give an AbortSignal for what may leave the view: the request is given up when nobody waits for it any more
 * (then the promise rejects with an AbortError, see `isAbort`).
 */
import type { Tensor } from "../decode"
import { readFaces } from "../scene/faces"
import type { Face, SceneInfo } from "../scene/types"
import { key, type Box } from "./boxes"
import { Queue } from "./queue"
import { Recent, type Shared } from "./requests"
import { Seen } from "./seen"
import { Tensors } from "./tensors"
import { type Stats, Transport } from "./transport"
import type { Choice, Explanation, Grown, Index, Limits, Manifest, Reader, Readout, StagePage, WindowHeader } from "./types"
import { type Overview, place, type Ranges, shaped, type Want, type Window } from "./window"
import { Windows } from "./windows"

export { isAbort } from "./requests"
export type { Overview, Ranges, Want, Window } from "./window"

const MOST_VALUE_BYTES = 48 << 20

export class Source {
  /** Alike for sources that say the same. */
  readonly id: string
  readonly stats: Stats
  private readonly transport: Transport
  private readonly ahead = new Queue()
  private readonly seen = new Seen()
  private readonly tensors: Tensors
  private readonly limitsOf = new Map<string, Limits>()
  private readonly windows = new Windows(MOST_VALUE_BYTES)
  private readonly overviews = new Recent<Overview>(MOST_VALUE_BYTES / 4)
  private readonly names: Map<number, string>
  private readonly coming = new Map<string, Map<string, Box>>()

  /** `base`: address of the server, such as "http://localhost:8501/". */
  constructor(
    base: string,
    manifest: Manifest,
    ask: typeof fetch = (input, init) => fetch(input, init),
  ) {
    this.transport = new Transport(base, manifest.trace, manifest.language, ask)
    this.id = `${manifest.trace} ${manifest.language}`
    this.stats = this.transport.stats
    this.tensors = new Tensors(manifest)
    this.names = new Map(manifest.vocabulary?.map((piece, id) => [id, piece]))
  }

  /** What came with the page: windows and stage pages that need not be asked for. */
  seed(tensors: readonly Tensor[], pages: Readonly<Record<string, StagePage>>): void {
    for (const tensor of tensors) this.keep(tensor as Tensor & WindowHeader)
    for (const [name, page] of Object.entries(pages)) this.transport.keep(this.pageKey(name), page)
  }

  /** Cells of a stage or of a weight, by its full name. */
  async cells(name: string, ranges: Ranges = {}, signal?: AbortSignal): Promise<Window> {
    const whole = this.tensors.canonical(name)
    this.tensors.demand(whole)
    const box = this.tensors.box(whole, ranges)
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
    const whole = this.tensors.canonical(name)
    const found = this.window(whole, this.tensors.box(whole, ranges))
    return found && { ...found, name }
  }

  /** At most `rows` x `cols` numbers for the two axes that have a range (or one row for one axis). */
  async overview(name: string, rows: number, cols: number, ranges: Ranges, signal?: AbortSignal): Promise<Overview> {
    const held = this.peekOverview(name, rows, cols, ranges)
    if (held) return held
    const whole = this.tensors.canonical(name)
    this.tensors.demand(whole)
    const id = this.overviewKey(whole, rows, cols, ranges)
    const asked = this.transport.share(id, async (stop) => {
      const tensor = await this.transport.tensor(id, stop)
      const where = place(tensor, this.tensors.known(whole).axes)
      const made: Overview = { ...this.tensors.describe(whole), ...where, ...shaped(tensor), limits: tensor.limits }
      this.limitsOf.set(whole, tensor.limits)
      this.overviews.set(id, made, made.values.byteLength)
      return made
    })
    return { ...(await asked.wait(signal)), name }
  }

  peekOverview(name: string, rows: number, cols: number, ranges: Ranges): Overview | null {
    const found = this.overviews.get(this.overviewKey(this.tensors.canonical(name), rows, cols, ranges))
    return found ? { ...found, name } : null
  }

  /** Colour range of a whole tensor; known once any of its cells are. */
  limits(name: string): Limits | undefined {
    return this.limitsOf.get(this.tensors.canonical(name))
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

  /** What the next token is chosen from, and which it is. */
  next(how: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Choice> {
    return this.transport.json(this.transport.address("next", how), signal)
  }

  peekNext(how: Readonly<Record<string, string>>): Choice | undefined {
    return this.transport.peek(this.transport.address("next", how))
  }

  /** What has the same numbers as in an earlier trace, with fewer tokens. */
  grown(before: string): Promise<Grown> {
    return this.transport.json(this.transport.address("grown", { before }))
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
    const of = (weight: boolean) => names.filter((name) => this.tensors.known(name).weight === weight).join(",")
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
    const whole = this.tensors.canonical(name)
    const overview = rows && cols ? this.peekOverview(name, rows, cols, ranges) : null
    const fresh = overview
      ? this.seen.overview(this.overviewKey(whole, rows!, cols!, ranges), overview.values.length)
      : this.seen.cells(whole, this.tensors.box(whole, ranges))
    this.stats.shown += fresh * Float32Array.BYTES_PER_ELEMENT
  }

  private window(name: string, box: Box): Window | null {
    const limits = this.limitsOf.get(name)
    const values = limits && this.windows.find(name, box)
    return limits && values ? { ...this.tensors.describe(name), box, values, limits } : null
  }

  private fetchBox(name: string, box: Box): Shared<unknown> {
    const { axes, shape, weight } = this.tensors.known(name)
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
    const name = this.tensors.canonical(tensor.name)
    this.limitsOf.set(name, tensor.limits)
    this.windows.put(name, place(tensor, this.tensors.known(name).axes))
  }

  private overviewKey(name: string, rows: number, cols: number, ranges: Ranges): string {
    const { axes, weight } = this.tensors.known(name)
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
