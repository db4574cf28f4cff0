/** Whether a camera that moves is to be followed with fewer pixels: on a slow machine a flight would stutter. */

const SLOW = 31 // milliseconds a frame: somewhat more than 30 a second look smooth
const PATIENCE = 3

export class Pace {
  private slow = 0

  /** To be told of every frame, and how long it took from when it was asked for. True: from now on fewer pixels, until the camera rests. */
  tooSlow(took: number, moved: boolean): boolean {
    this.slow = moved && took > SLOW ? this.slow + 1 : 0
    return this.slow >= PATIENCE
  }
}
