/** Two passes beside each other: this one, the other, and what the other has more. Each has a manifest and a source. */
import { Source } from "./data"
import { Transport } from "./transport"
import type { Answers, Changes, Compared } from "./compared"
import type { Manifest } from "./types"

export const WHICH = ["this", "other", "difference"] as const
export type Which = (typeof WHICH)[number]

/** What is shown of one pass. */
export interface Side {
  manifest: Manifest
  source: Source
}

export interface Comparing {
  told: Compared
  sides: Record<Which, Side>
  measured: Measured
}

export function comparing(base: string, side: Side, told: Compared, ask: typeof fetch = (input, init) => fetch(input, init)): Comparing {
  const other = otherOf(side.manifest, told)
  const difference = differenceOf(side.manifest, other, told)
  return {
    told,
    sides: {
      this: side,
      other: { manifest: other, source: new Source(base, other, ask) },
      difference: { manifest: difference, source: new Source(base, difference, ask) },
    },
    measured: new Measured(new Transport(base, told.pair, side.manifest.language, ask)),
  }
}

/** Only what differs of the other manifest has travelled. */
export function otherOf(manifest: Manifest, told: Compared): Manifest {
  const kept = Object.fromEntries(Object.entries(manifest).filter(([key]) => !told.without.includes(key)))
  return { ...kept, ...told.manifest } as Manifest
}

/** The same stages with the differences of two passes: they have a sign, and a tensor is another's only where it is so in both. */
export function differenceOf(manifest: Manifest, other: Manifest, told: Compared): Manifest {
  const unlike = new Set(told.unlike)
  const sameAs = new Map(other.stages.map(({ name, same_as }) => [name, same_as]))
  const has = (name: string) => !unlike.has(name)
  return {
    ...manifest,
    trace: told.pair,
    unlike,
    stages: manifest.stages.map(({ same_as, ...stage }) => ({
      ...stage,
      kind: "signed" as const,
      reads: stage.reads.filter(has),
      weights: stage.weights.filter(has),
      ...(same_as !== undefined && sameAs.get(stage.name) === same_as ? { same_as } : {}),
    })),
  }
}

/** Whether a manifest is that of a difference. */
export function isDifference({ unlike }: Manifest): boolean {
  return unlike !== undefined
}

/** What the page is told when a comparison is to end; `END` of viz/components.py. */
export const END = "end"

/** What a comparison begins with: nothing is coloured where nothing has a counterpart. */
export function startOf({ told }: Comparing): Which {
  return told.alike ? "difference" : "this"
}

/** What is measured over all of both passes, asked for once. */
export class Measured {
  constructor(private readonly transport: Transport) {}

  changes(signal?: AbortSignal): Promise<Changes> {
    return this.transport.json(this.transport.address("changes", {}), signal)
  }

  peekChanges(): Changes | undefined {
    return this.transport.peek(this.transport.address("changes", {}))
  }

  answers(signal?: AbortSignal): Promise<Answers> {
    return this.transport.json(this.transport.address("answers", {}), signal)
  }

  peekAnswers(): Answers | undefined {
    return this.transport.peek(this.transport.address("answers", {}))
  }
}

/** Edits that a cell suggests, as the link spells them: the cell, its head, its position, all of its stage. */
export function suggested(name: string, axes: readonly string[], index: readonly number[]): { word: "cell" | "head" | "position" | "stage"; edit: string }[] {
  const at = (only: readonly string[]) => axes.flatMap((axis, i) => (only.includes(axis) ? [`${axis}=${index[i]}`] : []))
  const edit = (places: string[]) => ["edit:zero", name, ...places].join(":")
  const heads = at(["head", "kv_head"])
  const positions = at(["position", "query"])
  return [
    { word: "cell", edit: edit(at(axes)) },
    ...(heads.length ? [{ word: "head" as const, edit: edit(heads) }] : []),
    ...(positions.length ? [{ word: "position" as const, edit: edit(positions) }] : []),
    { word: "stage", edit: edit([]) },
  ]
}
