/** The computation of a step as it plays: its clock. What a beat looks like is `sweep.ts`. */
import { type Beat, beatAt, cellAt, DONE, LENGTH, shareOf, SWEEP } from "./sweep"

export class Computation {
  beat: Beat = DONE
  playing = false
  private began = 0
  private lead = 0
  private ticking = 0

  constructor(private readonly onBeat: (beat: Beat, playing: boolean) => void) {}

  /** From the first cell, after so many milliseconds, and those in which something leads up to it. */
  again(delay = 0, lead = 0): void {
    this.lead = lead
    this.from(-delay - lead)
  }

  /** Plays on from where it stands, or from the beginning where it has ended; or stops there. */
  toggle(): void {
    if (this.playing) this.scrub(this.beat.together ? 1 : this.beat.share)
    else this.from(this.beat.share < 1 ? this.beat.share * SWEEP : 0)
  }

  /** At once to a share of the computation, 0 to 1. */
  scrub(share: number): void {
    this.dispose()
    this.set({ ...DONE, share })
  }

  /** So many cells or rows on or back, of `count`. */
  step(by: number, count: number): void {
    this.scrub(shareOf(cellAt(this.beat.share, count) + 1 + by, count))
  }

  dispose(): void {
    cancelAnimationFrame(this.ticking)
    this.ticking = 0
    this.playing = false
  }

  private from(passed: number): void {
    this.dispose()
    this.playing = true
    this.began = performance.now() - passed
    this.ticking = requestAnimationFrame(this.tick)
  }

  private readonly tick = (now: number): void => {
    const passed = now - this.began
    this.playing = passed < LENGTH
    this.ticking = this.playing ? requestAnimationFrame(this.tick) : 0
    this.set(beatAt(passed, this.lead))
  }

  private set(beat: Beat): void {
    this.beat = beat
    this.onBeat(beat, this.playing)
  }
}
