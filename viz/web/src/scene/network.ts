/** The blocks of one trace, by all the names that a tensor has, and what each is called. No canvas. */
import { isDifference } from "../walkthrough/compare"
import { axisName } from "../walkthrough/panes/cell"
import { axesOf, stageNamed } from "../walkthrough/places"
import type { Manifest, StageInfo } from "../walkthrough/types"
import type { CellRef } from "../walkthrough/view"
import { flowsOf, type Piece } from "./flows"
import { type Floor, floorsOf } from "./floors"
import type { Painted } from "./instances"
import type { Step } from "./light"
import { type Place, placeOf } from "./slabs"
import type { Face, SceneBlock, SceneInfo, Vec3 } from "./types"

const BESIDE = ": "

export interface PlacedCell {
  block: SceneBlock
  place: Place
}

export class Network {
  readonly byName: ReadonlyMap<string, SceneBlock>
  /** Of a difference: blocks that are the same in both. */
  readonly same = new Set<string>()
  readonly floors: readonly Floor[]

  constructor(
    readonly manifest: Manifest,
    readonly info: SceneInfo,
  ) {
    this.byName = new Map(info.blocks.map((block) => [block.name, block]))
    this.floors = floorsOf(manifest, info.blocks)
  }

  get blocks(): readonly SceneBlock[] {
    return this.info.blocks
  }

  /** What can be asked for: a trace that came without its model has no weights, a difference only what both have. */
  get withNumbers(): SceneBlock[] {
    return this.info.blocks.filter((block) => this.hasNumbers(block))
  }

  /** Numbers that were learned, shared ones once. */
  get parameters(): number {
    return this.blocks.filter(({ role }) => role === "weight").reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
  }

  hasNumbers({ name, role }: SceneBlock): boolean {
    return (!this.manifest.missing || role !== "weight") && !this.manifest.unlike?.has(name)
  }

  /** Notes what a face tells of a difference. Gives whether a block is to be painted otherwise for it. */
  learns({ name, zero }: Face): boolean {
    if (!isDifference(this.manifest) || !zero) return false
    this.same.add(name)
    return true
  }

  /** The name of the block that is this tensor. */
  canonical(name: string): string {
    return this.info.same[name] ?? name
  }

  block(name: string): SceneBlock | undefined {
    return this.byName.get(this.canonical(name))
  }

  /** What a block is called in a step: a tensor may have several names, and the step knows it by one of them. */
  nameIn({ name, reads }: StageInfo, block: SceneBlock): string {
    return [name, ...reads].find((one) => this.block(one) === block) ?? block.name
  }

  /** A stage with the blocks that it reads; null where it has none of its own. */
  step(stage: StageInfo): Step | null {
    const current = this.block(stage.name)
    if (!current) return null
    const found = [...stage.reads, ...stage.weights].map((name) => this.block(name))
    const inputs = new Set(found.filter((block): block is SceneBlock => block !== undefined && block !== current))
    return { stage, current, inputs: [...inputs] }
  }

  /** The same cell of the block that is this tensor. A tied weight may be the transpose of the one it is tied to. */
  own({ name, index }: CellRef): CellRef {
    const block = this.block(name)
    const axes = axesOf(this.manifest, name)
    if (!block || block.axes.length !== axes.length || !block.axes.every((axis) => axes.includes(axis))) return { name: block?.name ?? name, index }
    return { name: block.name, index: block.axes.map((axis) => index[axes.indexOf(axis)]!) }
  }

  cell(ref: CellRef | null): PlacedCell | null {
    const block = ref && this.block(ref.name)
    return block && ref.index.length === block.axes.length ? { block, place: placeOf(block, this.own(ref).index) } : null
  }

  /** Ways of what flows from block to block. */
  flows(): Piece[] {
    const own = this.manifest.stages.filter(({ name, same_as }) => !same_as && this.byName.has(name))
    return flowsOf(this.blocks, new Map(own.map(({ name, reads }) => [name, [...new Set(reads.map((other) => this.canonical(other)))]])))
  }

  kinds(): Map<string, Painted> {
    const kind = (name: string): Painted => (this.same.has(name) ? "same" : (stageNamed(this.manifest, name)?.kind ?? "signed"))
    return new Map(this.blocks.map(({ name }) => [name, kind(name)]))
  }

  title(block: SceneBlock, step: StageInfo): string {
    // A network beside this one has the same steps, but perhaps more blocks of them.
    const name = bare(this.nameIn(step, block))
    const stage = stageNamed(this.manifest, name) ?? stageNamed(this.manifest, name.replace(/blocks\.\d+/, "blocks.0"))
    return stage ? stage.title : name.replace(/^(encoder\.|decoder\.)?blocks\.\d+\./, "")
  }

  axis(name: string): { title: string; colour: string | undefined } {
    return { title: axisName(this.manifest, name), colour: this.manifest.axes[name]?.colour }
  }
}

/** The name that a block of `besides` had at home. */
function bare(name: string): string {
  return name.split(BESIDE).at(-1)!
}

/** Blocks of another network, moved aside, under names of their own. */
export function besides(blocks: readonly SceneBlock[], prefix: string, by: Vec3): SceneBlock[] {
  return blocks.map((block) => ({
    ...block,
    name: `${prefix}${BESIDE}${block.name}`,
    corner: [block.corner[0] + by[0], block.corner[1] + by[1], block.corner[2] + by[2]],
  }))
}
