/** Zoom and scroll along one axis. Matrices that share an axis share its lens, so they move together. */
import type { Range } from "../boxes"

export const SMALLEST_ZOOMED = 4
export const LARGEST_CELL = 40

export interface Lens {
  /** Cells along the axis. */
  count: number
  /** Size of a cell in CSS pixels: below 1, several cells share a pixel. */
  cell: number
  /** Where the view begins, in cells, also between two. */
  offset: number
  /** The cell size at which all of the axis is in view. */
  fit: number
}

export function fitted(count: number, cell: number): Lens {
  return { count, cell, offset: 0, fit: cell }
}

/** The cells that are in view, the ones cut by its edges included. */
export function inView(lens: Lens, view: number): Range {
  const first = Math.min(Math.max(Math.floor(lens.offset + 1e-6), 0), lens.count)
  return [first, Math.max(first, Math.min(Math.ceil(lens.offset + view / lens.cell - 1e-6), lens.count))]
}

/** Keeps the view on the matrix. */
export function scrolled(lens: Lens, offset: number, view: number): Lens {
  const last = Math.max(lens.count - view / lens.cell, 0)
  return { ...lens, offset: Math.min(Math.max(offset, 0), last) }
}

/** Larger or smaller cells, with the place at `at` pixels staying where it is. */
export function zoomed(lens: Lens, factor: number, at: number, view: number): Lens {
  const wanted = Math.min(Math.max(lens.cell * factor, lens.fit), Math.max(LARGEST_CELL, lens.fit))
  // Between "all of it in view" and "cells one can see" lie sizes that show neither.
  const cell = wanted >= SMALLEST_ZOOMED ? wanted : factor > 1 ? SMALLEST_ZOOMED : lens.fit
  const place = lens.offset + at / lens.cell
  return scrolled({ ...lens, cell }, place - at / cell, view)
}

/** Just so far that a cell is wholly in view. */
export function revealed(lens: Lens, place: number, view: number): Lens {
  const room = view / lens.cell
  if (place < lens.offset) return scrolled(lens, place, view)
  if (place + 1 > lens.offset + room) return scrolled(lens, place + 1 - room, view)
  return lens
}

/** The cell under a pixel of the view, or -1. */
export function cellAt(lens: Lens, at: number): number {
  const place = Math.floor(lens.offset + at / lens.cell)
  return at >= 0 && place >= 0 && place < lens.count ? place : -1
}

/** Places that get a label, so that labels of `room` pixels do not meet: all, or every 2nd, 5th, 10th... */
export function labelled(lens: Lens, view: number, room: number): number[] {
  const [first, stop] = inView(lens, view)
  const least = room / lens.cell
  let every = 1
  for (let power = 1; every < least; power *= 10) every = [1, 2, 5].map((n) => n * power).find((n) => n >= least) ?? every
  const places: number[] = []
  for (let place = Math.ceil(first / every) * every; place < stop; place += every) places.push(place)
  return places
}
