/** How far a computation is shown: cell by cell, then all at once, as it really runs. */

export interface Beat {
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
export const DONE: Beat = { share: 1, flash: 0, together: false }

/** `passed`: milliseconds since it began. */
export function beatAt(passed: number): Beat {
  if (passed < 0) return { share: 0, flash: 0, together: false }
  if (passed < SWEEP) return { share: passed / SWEEP, flash: 0, together: false }
  if (passed < SWEEP + HOLD) return DONE
  if (passed < SWEEP + HOLD + GONE) return { share: 0, flash: 0, together: true }
  if (passed < LENGTH) return { share: 1, flash: 0.55 * (1 - (passed - SWEEP - HOLD - GONE) / FLASH), together: true }
  return DONE
}

/** The cell that is being computed at a share of `count`; -1 before the first. */
export function cellAt(share: number, count: number): number {
  return Math.min(Math.ceil(share * count), count) - 1
}

/** The share at which so many cells are there. */
export function shareOf(cells: number, count: number): number {
  return Math.min(Math.max(cells / count, 0), 1)
}
