/** What the camera is told to show: a step, all there is, one block. Shown anew where the canvas changes its form. */
import { type Camera, FOV } from "./camera"
import { framing } from "./poses"
import type { Bounds } from "./slabs"

export type Shot = "step" | "all" | "block"
const MARGINS: Record<Shot, number> = { step: 1.25, all: 1.1, block: 1.6 }

export class Shots {
  private last: { shot: Shot; box: Bounds } | null = null

  constructor(
    private readonly camera: Camera,
    private readonly still: () => boolean,
  ) {}

  show(shot: Shot, box: Bounds, jump = false): void {
    this.last = { shot, box }
    this.camera.fly(framing(box, FOV, this.camera.aspect, MARGINS[shot]), jump || this.still())
  }

  again(): void {
    if (this.last) this.show(this.last.shot, this.last.box, true)
  }

  /** A person has the camera now. */
  leave(): void {
    this.last = null
  }
}
