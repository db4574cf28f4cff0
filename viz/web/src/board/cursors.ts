/** Where the cursors of a board stand: chosen, and for as long as the pointer is over a picture, previewed. */
import { Signal } from "../walkthrough/signal"
import type { Axis, Cursors } from "./types"

export interface Places {
  /** Chosen by a slider, a key or a click, and kept in the link. */
  pinned: Cursors
  /** What is drawn: pinned, or what the pointer is over. */
  shown: Cursors
}

/** All boards on the page: axes of one name move together. */
const together = new Set<CursorState>()

export class CursorState {
  readonly places = new Signal<Places>({ pinned: {}, shown: {} })
  private axes: Record<string, Axis> = {}
  /** May be past the end of a smaller input, and counts again when it grows. */
  private readonly wanted = new Map<string, number>()
  private preview: Cursors = {}

  constructor(private readonly onMove: (axis: string) => void = () => {}) {
    together.add(this)
  }

  dispose(): void {
    together.delete(this)
  }

  /** New data: cursors stay where they are. */
  load(axes: Record<string, Axis>, linked: Cursors): void {
    for (const [name, axis] of Object.entries(axes)) {
      const before = this.axes[name]
      const old = this.wanted.get(name)
      if (old === undefined) this.wanted.set(name, linked[name] ?? axis.at)
      else if (before && axis.follow && old >= before.size - 1) this.wanted.set(name, Math.max(axis.size - 1, 0))
    }
    this.axes = axes
    this.preview = {}
    this.renew()
  }

  /** Moves a cursor, stopping at the ends; every board on the page hears of it. */
  move(name: string, to: number): void {
    const axis = this.axes[name]
    if (!axis) return
    if (axis.minus) {
      const [from, less] = axis.minus
      const place = this.places.value.pinned[from]! - to
      if (place >= 0) this.move(less, place)
      return
    }
    for (const state of together) state.set(name, to)
    this.onMove(name)
  }

  /** From the link. */
  put(linked: Cursors): void {
    for (const [name, axis] of Object.entries(this.axes)) this.wanted.set(name, linked[name] ?? axis.at)
    this.renew()
  }

  hover(preview: Cursors): void {
    const told = this.resolve(preview)
    for (const state of together) state.show(told)
  }

  private show(preview: Cursors): void {
    const same = [preview, this.preview].map((one) => JSON.stringify(one))
    if (same[0] === same[1]) return
    this.preview = preview
    this.renew()
  }

  private set(name: string, to: number): void {
    const axis = this.axes[name]
    if (!axis) return
    this.wanted.set(name, Math.min(Math.max(Math.round(to), 0), axis.size - 1))
    this.preview = {}
    this.renew()
  }

  /** A preview of a difference is one of the axis that it moves. */
  private resolve(preview: Cursors): Cursors {
    const out: Cursors = {}
    for (const [name, to] of Object.entries(preview)) {
      const minus = this.axes[name]?.minus
      if (!minus) out[name] = to
      else if (this.places.value.pinned[minus[0]]! - to >= 0) out[minus[1]] = this.places.value.pinned[minus[0]]! - to
    }
    return out
  }

  private renew(): void {
    const pinned = this.stand({})
    this.places.value = { pinned, shown: this.stand(this.preview) }
  }

  private stand(preview: Cursors): Cursors {
    const out: Cursors = {}
    for (const [name, axis] of Object.entries(this.axes)) {
      if (axis.minus || axis.size < 1) continue
      out[name] = Math.min(preview[name] ?? this.wanted.get(name) ?? axis.at, axis.size - 1)
    }
    for (const [name, axis] of Object.entries(this.axes)) {
      if (!axis.minus) continue
      const difference = (out[axis.minus[0]] ?? 0) - (out[axis.minus[1]] ?? 0)
      if (difference >= 0 && difference < axis.size) out[name] = difference
    }
    return out
  }
}

/** Cursors in the part of the link after "#", those that are not where they start; what others wrote there stays. */
export function written(hash: string, axes: Record<string, Axis>, pinned: Cursors): string {
  const parts = new URLSearchParams(hash.replace(/^#/, ""))
  for (const [name, axis] of Object.entries(axes)) {
    if (axis.minus) continue
    const place = pinned[name]
    parts.delete(name)
    if (place !== undefined && place !== axis.at) parts.set(name, String(place))
  }
  return parts.toString()
}

/** Reads what `written` wrote; what is no place is dropped, since links outlive pages. */
export function linked(hash: string, axes: Record<string, Axis>): Cursors {
  const parts = new URLSearchParams(hash.replace(/^#/, ""))
  const out: Cursors = {}
  for (const [name, axis] of Object.entries(axes)) {
    const text = parts.get(name)
    if (text !== null && /^\d{1,9}$/.test(text) && !axis.minus) out[name] = Number(text)
  }
  return out
}

/** What a place is called. */
export function called(axis: Axis | undefined, place: number): string {
  return axis?.marks?.[place] ?? String(place)
}

/** "dimension {dim}" with the place of that cursor put in. */
export function filled(text: string, axes: Record<string, Axis>, cursors: Cursors): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    if (!axes[name]) return whole
    const place = cursors[name]
    return place === undefined ? "–" : called(axes[name], place)
  })
}
