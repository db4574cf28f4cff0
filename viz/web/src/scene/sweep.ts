/** How far a computation is shown: cell by cell, then all at once, as it really runs. */

export interface Beat {
  /** How far what goes before the first cell is, 0 to 1: rows of a sum are on their way then. */
  lead: number
  /** Share of the cells that are there, 0 to 1. */
  share: number
  /** How strongly all of them light up together, 0 to 1. */
  flash: number
  /** Nothing is singled out any more: the second showing, all at once. */
  together: boolean
}

/** Milliseconds: cell by cell; all of it held; gone again; all at once, fading. */
export const SWEEP = 1800
export const HOLD = 350
export const GONE = 350
export const FLASH = 800
export const LENGTH = SWEEP + HOLD + GONE + FLASH
export const DONE: Beat = { lead: 1, share: 1, flash: 0, together: false }

/** `passed`: milliseconds since its first cell; below 0 that is to come, and the last `lead` of them lead up to it. */
export function beatAt(passed: number, lead = 0): Beat {
  const beat = { ...DONE, share: 0 }
  const gone = passed - SWEEP - HOLD
  if (passed < 0) return { ...beat, lead: lead ? Math.max(1 + passed / lead, 0) : 1 }
  if (passed < SWEEP) return { ...beat, share: passed / SWEEP }
  if (gone < 0) return DONE
  if (gone < GONE) return { ...beat, lead: gone / GONE, together: true }
  if (passed < LENGTH) return { ...DONE, flash: 0.55 * (1 - (gone - GONE) / FLASH), together: true }
  return DONE
}

/** A part of a cell that no share tells apart: k / n of n is not always k. */
export const NEARLY = 1e-6

/** The cell that is being computed at a share of `count`; -1 before the first. */
export function cellAt(share: number, count: number): number {
  return Math.min(Math.ceil(share * count - NEARLY), count) - 1
}

/** The share at which so many cells are there. */
export function shareOf(cells: number, count: number): number {
  return Math.min(Math.max(cells / count, 0), 1)
}
