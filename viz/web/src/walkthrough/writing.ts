/** Letting the model write: the choice of the next token, the word to Python, and what stayed when it came back. */
import { isAbort, type Source } from "./data"
import { GREEDY, type How, outside, same } from "./how"
import { Signal } from "./signal"
import type { CellRef } from "./standing"
import type { Choice, Grown, Manifest } from "./types"

/** What the last message brought: one token more. */
export interface Growth {
  /** Position of the new token, and what it stands for. */
  first: number
  piece: string
  /** Where it was read off, in the trace before. */
  from: Spot | null
  /** What stayed the same; null until it is known. */
  kept: Grown | null
}

export interface State {
  how: How
  /** It writes on by itself. */
  running: boolean
  /** Python is at work on a token. */
  waiting: boolean
  growth: Growth | null
  problem: string
}

/** A point of the window. */
export interface Spot {
  x: number
  y: number
}

export type Tell = (message: { written: number[] }) => void

/** Milliseconds between two tokens, so that each can be seen to come. */
export const PAUSE = 2200

export class Writing {
  readonly state = new Signal<State>({ how: GREEDY, running: false, waiting: false, growth: null, problem: "" })
  /** How Python is told; null where nobody listens. */
  tell: Tell | null = null
  /** Told when a person chooses in another way: the link holds it. */
  onHow: () => void = () => {}
  /** Where a cell is in the window; null where it is not seen. */
  spot: (cell: CellRef) => Spot | null = () => null
  private asking = new AbortController()
  private timer: ReturnType<typeof setTimeout> | undefined
  private told: { choice: Choice; from: Spot | null } | null = null

  constructor(private readonly now: () => { manifest: Manifest; source: Source }) {}

  put(some: Partial<State>): void {
    this.state.value = { ...this.state.value, ...some }
  }

  setHow(some: Partial<How>): void {
    this.put({ how: { ...this.state.value.how, ...some }, problem: "" })
    this.onHow()
  }

  /** As a link says. */
  takeHow(how: How): void {
    if (!same(how, this.state.value.how)) this.put({ how, problem: "" })
  }

  /** One token. */
  async next(): Promise<void> {
    const { manifest, source } = this.now()
    const { how, waiting } = this.state.value
    if (waiting || !this.tell || manifest.writing?.state !== "ready") return
    if (outside(how)) return this.put({ running: false })
    this.put({ waiting: true, problem: "" })
    try {
      const choice = await source.next(asked(how, manifest), this.asking.signal)
      const from = this.spot({ name: choice.stage, index: [choice.position, choice.drawn] })
      this.told = { choice, from }
      this.tell({ written: [...manifest.writing.written, choice.drawn] })
    } catch (error) {
      const problem = isAbort(error) ? "" : error instanceof Error ? error.message : String(error)
      this.put({ waiting: false, running: false, problem })
    }
  }

  /** One token after the other, until somebody stops it, the text ends or there is no more room. */
  on(): void {
    if (this.now().manifest.writing?.state !== "ready") return
    this.put({ running: true })
    void this.next()
  }

  stop(): void {
    clearTimeout(this.timer)
    this.asking.abort()
    this.asking = new AbortController()
    this.put({ running: false })
  }

  /** The last token is taken back. */
  back(): void {
    const { writing } = this.now().manifest
    if (!writing?.written.length || !this.tell) return
    this.stop()
    this.tell({ written: writing.written.slice(0, -1) })
  }

  /** Another message has come. */
  loaded(before: Manifest, after: Manifest, source: Source): void {
    const { running, growth } = this.state.value
    const grown = grownBy(before, after)
    const busy = after.writing?.state === "busy"
    if (before.trace === after.trace) {
      // The pass is on its way, or could not be made; or it is another language.
      if (!busy) clearTimeout(this.timer) // the next one would come although nothing runs any more
      this.put({ waiting: busy && this.state.value.waiting, running: running && busy, growth })
      return
    }
    const choice = this.told?.choice
    const from = grown && choice?.drawn === grown.id ? this.told!.from : null
    this.told = null
    clearTimeout(this.timer)
    this.put({ waiting: false, growth: grown && { first: grown.first, piece: grown.piece, from, kept: null } })
    if (grown) void this.compare(before.trace, after.trace, source)
    if (!running) return
    if (grown && choice && after.writing?.state === "ready") this.timer = setTimeout(() => void this.next(), PAUSE)
    else this.put({ running: false })
  }

  dispose(): void {
    this.stop()
  }

  private async compare(before: string, after: string, source: Source): Promise<void> {
    try {
      const kept = await source.grown(before)
      const { growth } = this.state.value
      if (growth && this.now().manifest.trace === after) this.put({ growth: { ...growth, kept } })
    } catch (error) {
      if (!isAbort(error)) this.put({ problem: error instanceof Error ? error.message : String(error) })
    }
  }
}

/** The query of the route that answers with the choice. A run is drawn with one seed, from its first token on. */
export function asked(how: How, manifest: Manifest): Record<string, string> {
  const given = Object.entries(how).filter(([, text]) => text.trim() !== "")
  return { ...Object.fromEntries(given), draws: String(manifest.writing?.written.length ?? 0) }
}

/** The token by which one input is longer than another; null where the two differ in anything else. */
export function grownBy(before: Manifest, after: Manifest): { first: number; id: number; piece: string } | null {
  if (!before.writing || !after.writing || !sameModel(before, after)) return null
  const [old, now] = [before.sides.at(-1)!, after.sides.at(-1)!]
  const first = old.ids.length
  if (now.ids.length !== first + 1 || !begins(now.ids, old.ids)) return null
  return { first, id: now.ids[first]!, piece: now.pieces[first]! }
}

/** Whether two traces are of one model and one input, but for what stands behind it. */
export function akin(before: Manifest, after: Manifest): boolean {
  if (!before.writing || !after.writing || !sameModel(before, after)) return false
  const [old, now] = [before.sides.at(-1)!.ids, after.sides.at(-1)!.ids]
  return begins(now, old) || begins(old, now)
}

function sameModel(before: Manifest, after: Manifest): boolean {
  const [a, b] = [before.model, after.model]
  const sources = (manifest: Manifest) => manifest.sides.slice(0, -1).map(({ ids }) => ids.join())
  return (
    a.key === b.key && a.weights === b.weights && a.title === b.title &&
    before.sides.length === after.sides.length && sources(before).join(";") === sources(after).join(";") &&
    withoutMissing(before) === withoutMissing(after)
  ) // prettier-ignore
}

const withoutMissing = (manifest: Manifest): boolean => manifest.missing === undefined

function begins(long: readonly number[], short: readonly number[]): boolean {
  return short.length <= long.length && short.every((id, place) => long[place] === id)
}
