/** Where a person stands in the walkthrough, and every way to move. Pure: no page, no network. */
import type { Index } from "./types"

export interface CellRef {
  name: string
  index: Index
}

export interface View {
  step: number
  /** Chosen head of the current side; null shows all heads. */
  head: number | null
  /** Chosen token position of the current side. */
  token: number | null
  /** Cell under inspection: of the current stage, or of one of its inputs. */
  pin: CellRef | null
  /** Cells that were stepped out of, oldest first. */
  trail: CellRef[]
  range: "robust" | "full"
  playing: boolean
  /** Seconds a step takes while playing. */
  pace: number
  guesses: boolean
}
