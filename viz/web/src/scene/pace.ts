/** Whether a camera that moves is to be followed with fewer pixels: on a slow machine a flight would stutter. */

const SLOW = 36 // milliseconds a frame: well before there are only the 20 a second that are wanted
const PAUSE = 400 // longer than this lies no frame between two, but a rest
const PATIENCE = 3

export class Pace {
  private last = Number.NEGATIVE_INFINITY
  private slow = 0

  /** To be told of every frame. True: from now on fewer pixels, until the camera rests. */
  tooSlow(now: number, moved: boolean): boolean {
    const took = now - this.last
    this.last = now
    if (!moved || took <= SLOW || took > PAUSE) this.slow = 0
    else this.slow++
    return this.slow >= PATIENCE
  }
}
