/** What a person looks at: the step, one head of it, a cell with what it is made of, a tensor that a phrase names. */
import type { StageInfo } from "../walkthrough/types"
import { type CellRef, sameCell } from "../walkthrough/standing"
import { calledBy } from "./called"
import { type Clear, clearOf } from "./clear"
import { type Light, lightOf, type Step } from "./light"
import type { Network } from "./network"
import { partBounds, working } from "./order"
import type { Shown } from "./overlay"
import type { Place } from "./slabs"
import type { Beat } from "./sweep"
import { type Head, slabOfHead } from "./work"

export class Gaze {
  stage: StageInfo | null = null
  head: Head | null = null
  cell: CellRef | null = null
  lit: readonly CellRef[] = []
  named: string | null = null
  /** The cell that stays when the pointer goes. */
  kept: CellRef | null = null

  step(network: Network | null): Step | null {
    return this.stage && (network?.step(this.stage) ?? null)
  }

  /** Where the kept cell is in the block of the step; without one, where the chosen head begins. */
  place(network: Network, { current }: Step): Place | null {
    const cell = network.cell(this.kept)
    const slab = this.head && slabOfHead(current, this.head)
    if (cell?.block === current) return slab === null ? cell.place : { ...cell.place, slab }
    return slab === null ? null : { slab, row: 0, col: 0 }
  }

  /** The slab in which the computation is told: that of the chosen head, or of the cell on the card; heads work side by side. */
  slab(network: Network, step: Step): number {
    return this.place(network, step)?.slab ?? 0
  }

  light(network: Network, beat: Beat): Light | null {
    const step = this.step(network)
    const lit = this.lit.map((cell) => network.own(cell))
    return step && lightOf(network.manifest, step, beat, lit, network.byName, this.head)
  }

  /** What nothing is to stand before. */
  clear(network: Network, step: Step): Clear {
    const made = sameCell(this.cell, this.kept) ? this.lit : []
    return clearOf(step, this.head, [this.kept, ...made].flatMap((ref) => network.cell(ref) ?? []))
  }

  /** What words and lines tell of it. `hushed`: of its inputs and its cell, nothing. */
  told(network: Network, step: Step, beat: Beat, hushed: boolean): Omit<Shown, "axis" | "marks" | "exact" | "covered" | "networks"> {
    const now = working(step, beat, this.slab(network, step))
    return {
      ...step,
      inputs: hushed ? [] : step.inputs,
      named: this.named === null ? null : (network.block(this.named) ?? null),
      floors: network.floors,
      title: (block) => network.title(block, step.stage),
      called: calledBy(network.manifest, step.current),
      cell: beat.share < 1 || hushed ? null : network.cell(this.cell),
      sources: this.lit.flatMap((ref) => network.cell(ref) ?? []),
      now: now && partBounds(step, now),
    }
  }
}
