/** Requests that several may wait for: asked once, given up when the last one has left. */

export class Shared<T> {
  private waiting = 0
  private readonly stop = new AbortController()
  readonly answer: Promise<T>

  constructor(ask: (signal: AbortSignal) => Promise<T>) {
    this.answer = ask(this.stop.signal)
    // Whoever waits gets the error; that nobody waits any more is no error.
    this.answer.catch(() => {})
  }

  /** Nobody waits any more, so no answer will come: to be asked anew. */
  get dropped(): boolean {
    return this.stop.signal.aborted
  }

  /** Waits for the answer until `signal` says that it is not wanted any more. */
  wait(signal?: AbortSignal): Promise<T> {
    if (!signal) {
      this.waiting++ // never leaves
      return this.answer
    }
    if (signal.aborted) return Promise.reject(signal.reason)
    this.waiting++
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal.reason)
        if (--this.waiting === 0) this.stop.abort(signal.reason)
      }
      signal.addEventListener("abort", leave, { once: true })
      this.answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave))
    })
  }
}

/** Was it only given up, because what it was for has left the view? */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError"
}

/** What was used last stays: at most `most` bytes, unless one thing alone is larger. */
export class Recent<T> {
  private readonly kept = new Map<string, { value: T; bytes: number }>()
  private bytes = 0

  constructor(
    private readonly most: number,
    private readonly onDrop: (key: string) => void = () => {},
  ) {}

  get(key: string): T | undefined {
    const found = this.kept.get(key)
    if (!found) return undefined
    this.kept.delete(key)
    this.kept.set(key, found)
    return found.value
  }

  set(key: string, value: T, bytes: number): void {
    this.delete(key)
    this.kept.set(key, { value, bytes })
    this.bytes += bytes
    for (const oldest of this.kept.keys()) {
      if (this.bytes <= this.most || oldest === key) break
      this.delete(oldest)
      this.onDrop(oldest)
    }
  }

  delete(key: string): void {
    this.bytes -= this.kept.get(key)?.bytes ?? 0
    this.kept.delete(key)
  }
}
