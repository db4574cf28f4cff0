/** How far a computation is shown: cell by cell, then all at once, as it really runs. */

export interface Beat {
  /** Share of the cells that are there, 0 to 1. */
  share: number
  /** How strongly all of them light up together, 0 to 1. */
  flash: number
}

export const SWEEP = 1600
export const FLASH = 500
export const DONE: Beat = { share: 1, flash: 0 }

/** `passed`: milliseconds since it began. */
export function beatAt(passed: number): Beat {
  if (passed < 0) return { share: 0, flash: 0 }
  if (passed < SWEEP) return { share: passed / SWEEP, flash: 0 }
  if (passed < SWEEP + FLASH) return { share: 1, flash: 0.55 * (1 - (passed - SWEEP) / FLASH) }
  return DONE
}

/** The cell that is being computed at a share of `count`; -1 before the first. */
export function cellAt(share: number, count: number): number {
  return Math.min(Math.ceil(share * count), count) - 1
}
