/** What each kind of picture can do. Pictures keep no state: all is worked out from what they are given. */
import type { Pen, Stroke } from "../pen"
import type { Board, Cursors, Look, Picture } from "../types"

export interface Ink {
  text: string
  faint: string
  grid: string
  stripes: string
  ground: string
  pin: string
  dark: boolean
}

export interface Scene<P extends Picture = Picture> {
  board: Board
  panel: P
  pinned: Cursors
  shown: Cursors
  width: number
  height: number
  ink: Ink
}

/** A number told beside the picture, with the line it belongs to. */
export interface Said {
  name: string
  /** null where there is none at the cursors. */
  value: number | null
  look?: Look
}

export interface Kind<P extends Picture> {
  /** Axes that the arrow keys move along: up and down, left and right. */
  axes(panel: P): { vertical?: string; horizontal?: string }
  /** Arrays that the picture under the marks is made of. */
  arrays(panel: P): string[]
  height(scene: Omit<Scene<P>, "height">): number
  draw(pen: Pen, scene: Scene<P>): void
  /** What moves with the cursors, over the picture. */
  mark(pen: Pen, scene: Scene<P>): void
  /** The places under a point. */
  hit(scene: Scene<P>, x: number, y: number): Cursors | null
  said(scene: Omit<Scene<P>, "height">): Said[]
  /** Rows of what is drawn, a head first. */
  table(scene: Omit<Scene<P>, "height">): (string | number)[][]
}

const DASHES = { solid: [], dash: [7, 4], dot: [2, 3], dashdot: [7, 3, 2, 3] } as const

export function strokeOf(look: Look, width = 2): Stroke {
  return { color: look.color, width, dash: DASHES[look.dash], opacity: look.faint ? 0.45 : 1 }
}

/** The mark of a cursor: solid where it was put, dashed while it is only pointed at. */
export function markOf(scene: Scene, axis: string): Stroke {
  const previewed = scene.pinned[axis] !== scene.shown[axis]
  return { color: scene.ink.pin, width: 1.5, ...(previewed ? { dash: [3, 2] } : {}) }
}
