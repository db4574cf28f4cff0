/** What the camera is told to show: a step, all there is, one block. Shown anew where the canvas changes its form. */
import { type Camera, FOV } from "./camera"
import { framing, panned } from "./poses"
import type { Bounds } from "./slabs"
import type { Vec3 } from "./types"

export type Shot = "step" | "opening" | "all" | "block"
const MARGINS: Record<Shot, number> = { step: 1.12, opening: 1.04, all: 1.04, block: 1.5 }

export class Shots {
  /** Pixels of the canvas that words and buttons cover, above and below. */
  covered = { top: 0, bottom: 0 }
  private kind: Shot = "step"
  private last: { shot: Shot; box: Bounds } | null = null

  constructor(
    private readonly camera: Camera,
    private readonly still: () => boolean,
  ) {}

  show(shot: Shot, box: Bounds, jump = false): void {
    this.last = { shot, box }
    this.kind = shot
    const { width, height } = this.camera.size
    const { top, bottom } = this.covered
    // The lens as it would be, were the canvas only what is not covered.
    const free = Math.max(height - top - bottom, 0.4 * height)
    const fov = 2 * Math.atan((Math.tan(FOV / 2) * free) / height)
    const pose = framing(box, fov, width / free, MARGINS[shot])
    this.camera.fly(panned(pose, 0, ((top - bottom) / height) * Math.tan(FOV / 2)), jump || this.still())
  }

  again(): void {
    if (this.last) this.show(this.last.shot, this.last.box, true)
  }

  /** Whether more than a step was shown last, also where a person has taken the camera since. */
  get far(): boolean {
    return this.kind === "all" || this.kind === "opening"
  }

  /** Whether all there is is framed, and nobody has the camera. */
  get whole(): boolean {
    return this.last?.shot === "all"
  }

  /** What of a step is framed; null where anything else is, or a person has the camera. */
  get step(): Bounds | null {
    return this.last?.shot === "step" ? this.last.box : null
  }

  /** What was shown has moved. */
  shift([x, y, z]: Vec3): void {
    if (!this.last) return
    const add = ([a, b, c]: Vec3): Vec3 => [a + x, b + y, c + z]
    const { shot, box } = this.last
    this.last = { shot, box: { min: add(box.min), max: add(box.max) } }
  }

  /** A person has the camera now. */
  leave(): void {
    this.last = null
  }
}
