/** Asking the data routes of one trace: each address once at a time however many wait for it, texts kept, bytes counted. */
import { decode, type Tensor } from "../decode"
import { Recent, Shared } from "./requests"
import type { WindowHeader } from "./types"

export interface Stats {
  requests: number
  /** Bytes of numbers, and bytes of everything else: headers, pages, explanations. */
  values: number
  metadata: number
  /** Bytes of the numbers that have been in view, each counted once: see `seen.ts`. */
  shown: number
}

const MOST_TEXT_BYTES = 8 << 20

export class Transport {
  readonly stats: Stats = { requests: 0, values: 0, metadata: 0, shown: 0 }
  private readonly texts = new Recent<unknown>(MOST_TEXT_BYTES)
  private readonly pending = new Map<string, Shared<unknown>>()

  /** `base`: address of the server, such as "http://localhost:8501/"; `language`: of words and of refusals. */
  constructor(
    private readonly base: string,
    private readonly trace: string,
    private readonly language: string,
    private readonly ask: typeof fetch,
  ) {}

  address(route: string, given: Record<string, string>): string {
    // Colons and commas are allowed in a query, and readable in a log.
    const query = new URLSearchParams({ ...given, lang: this.language }).toString().replaceAll("%3A", ":").replaceAll("%2C", ",")
    return new URL(`data/${this.trace}/${route}?${query}`, this.base).href
  }

  /** One request an address at a time, however many ask. */
  share<T>(id: string, ask: (stop: AbortSignal) => Promise<T>, after: () => void = () => {}): Shared<T> {
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

  json<T>(address: string, signal?: AbortSignal): Promise<T> {
    const held = this.texts.get(address)
    if (held !== undefined) return Promise.resolve(held as T)
    return this.share(address, async (stop) => {
      const bytes = await this.bytes(address, stop)
      const body = JSON.parse(new TextDecoder().decode(bytes)) as T
      this.counted(bytes, 0)
      this.keep(address, body, bytes.byteLength)
      return body
    }).wait(signal)
  }

  peek<T>(address: string): T | undefined {
    return this.texts.get(address) as T | undefined
  }

  /** A text that came with the page. */
  keep(address: string, body: unknown, bytes = JSON.stringify(body).length): void {
    this.texts.set(address, body, 2 * bytes)
  }

  async tensor(address: string, signal: AbortSignal): Promise<Tensor & WindowHeader> {
    const bytes = await this.bytes(address, signal)
    const tensor = decode(bytes).tensors[0] as Tensor & WindowHeader
    this.counted(bytes, tensor.values.byteLength)
    return tensor
  }

  /** So many bytes of an answer are numbers. */
  counted(answer: Uint8Array, values: number): void {
    this.stats.values += values
    this.stats.metadata += answer.byteLength - values
  }

  async bytes(address: string, signal: AbortSignal): Promise<Uint8Array> {
    this.stats.requests++
    const answer = await this.ask(address, { signal })
    if (answer.ok) return new Uint8Array(await answer.arrayBuffer())
    const body = await answer.json().catch(() => null)
    throw new Error(body?.error ?? `${answer.status} ${answer.statusText}`)
  }
}
