/** The stages and weights of a trace by name: their axes and sizes, and which of them are the same tensor. */
import type { Kind } from "../decode"
import type { Box, Range } from "./boxes"
import type { Manifest } from "./types"
import type { Ranges } from "./window"

interface Known {
  axes: string[]
  shape: number[]
  kind: Kind
  weight: boolean
}

export class Tensors {
  private readonly all = new Map<string, Known>()
  private readonly sameAs: Map<string, string>

  constructor(private readonly manifest: Manifest) {
    for (const [name, { axes, shape, kind }] of Object.entries(manifest.weights)) {
      this.all.set(name, { axes, shape, kind, weight: true })
    }
    for (const { name, axes, shape, kind } of manifest.stages) this.all.set(name, { axes, shape, kind, weight: false })
    this.sameAs = new Map(manifest.stages.flatMap(({ name, same_as }) => (same_as ? [[name, same_as]] : [])))
  }

  canonical(name: string): string {
    const target = this.sameAs.get(name)
    return target === undefined ? name : this.canonical(target)
  }

  known(name: string): Known {
    const found = this.all.get(name)
    if (!found) throw new Error(`${name}: no such stage or weight`)
    return found
  }

  describe(name: string): { name: string; axes: string[]; kind: Kind } {
    const { axes, kind } = this.known(name)
    return { name, axes, kind }
  }

  /** Where the trace was opened without its weights, nobody is asked for them. */
  demand(name: string): void {
    if (this.manifest.missing && this.known(name).weight) throw new Error(this.manifest.missing)
  }

  /** The cells that are meant, kept within the tensor. */
  box(name: string, ranges: Ranges): Box {
    const { axes, shape } = this.known(name)
    return axes.map((axis, i): Range => {
      const range = ranges[axis] ?? ([0, shape[i]!] as const)
      if (typeof range === "number") return [range, range + 1]
      const start = Math.min(Math.max(range[0], 0), shape[i]!)
      return [start, Math.min(Math.max(range[1], start), shape[i]!)]
    })
  }
}
