/** The computation of a step as it plays: its clock. What a beat looks like is `sweep.ts`. */
import { type Beat, beatAt, DONE, FLASH, SWEEP } from "./sweep"

export class Computation {
  beat: Beat = DONE
  private began = 0
  private ticking = 0

  constructor(private readonly onBeat: (beat: Beat) => void) {}

  /** From the first cell, after so many milliseconds. */
  again(delay: number): void {
    this.began = performance.now() + delay
    cancelAnimationFrame(this.ticking)
    this.ticking = requestAnimationFrame(this.tick)
  }

  /** At once to a share of the computation, 0 to 1. */
  scrub(share: number): void {
    this.dispose()
    this.set({ share, flash: 0 })
  }

  dispose(): void {
    cancelAnimationFrame(this.ticking)
    this.ticking = 0
  }

  private readonly tick = (now: number): void => {
    const passed = now - this.began
    this.set(beatAt(passed))
    this.ticking = passed < SWEEP + FLASH ? requestAnimationFrame(this.tick) : 0
  }

  private set(beat: Beat): void {
    this.beat = beat
    this.onBeat(beat)
  }
}
