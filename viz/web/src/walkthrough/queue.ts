/** What may be done ahead, a little at a time, so that what is wanted now need not wait behind it. */

/** As many as may be under way. */
const MOST = 2

export class Queue {
  private ahead: (() => Promise<unknown>)[] = []
  private running = 0

  /** Forgets what an earlier call still had to do. */
  fill(tasks: (() => Promise<unknown>)[]): void {
    this.ahead = tasks
    this.run()
  }

  private run(): void {
    while (this.running < MOST && this.ahead.length) {
      this.running++
      // What fails here is asked for again, and told, when it is needed.
      const one = this.ahead.shift()!().catch(() => {})
      void one.finally(() => {
        this.running--
        this.run()
      })
    }
  }
}
