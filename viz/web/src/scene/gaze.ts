/** What a person looks at: the step, one head of it, a cell with what it is made of, a tensor that a phrase names. */
import type { StageInfo } from "../walkthrough/types"
import type { CellRef } from "../walkthrough/view"
import { type Light, lightOf, type Step, working } from "./light"
import type { Network } from "./network"
import type { Shown } from "./overlay"
import type { Beat } from "./sweep"
import type { Head } from "./work"

export class Gaze {
  stage: StageInfo | null = null
  head: Head | null = null
  cell: CellRef | null = null
  lit: readonly CellRef[] = []
  named: string | null = null

  step(network: Network | null): Step | null {
    return this.stage && (network?.step(this.stage) ?? null)
  }

  light(network: Network, beat: Beat): Light | null {
    const step = this.step(network)
    const lit = this.lit.map(({ name, index }) => ({ name: network.canonical(name), index }))
    return step && lightOf(network.manifest, step, beat, lit, network.byName, this.head)
  }

  /** What words and lines tell of it. `hushed`: of its inputs and its cell, nothing. */
  told(network: Network, step: Step, beat: Beat, hushed: boolean): Omit<Shown, "axis" | "marks" | "exact"> {
    return {
      ...step,
      inputs: hushed ? [] : step.inputs,
      named: this.named === null ? null : (network.block(this.named) ?? null),
      floors: network.floors,
      title: (block) => network.title(block),
      cell: beat.share < 1 || hushed ? null : network.cell(this.cell),
      sources: this.lit.flatMap((ref) => network.cell(ref) ?? []),
      now: working(step, beat, this.head),
    }
  }
}
