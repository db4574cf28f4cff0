/** The scene of one trace: what is fetched, what is lit, where the camera flies. The pane tells it what to show. */
import type { Kind } from "../decode"
import { isAbort, type Source } from "../walkthrough/data"
import { axisName } from "../walkthrough/panes/cell"
import { stageNamed } from "../walkthrough/places"
import type { Manifest, StageInfo } from "../walkthrough/types"
import type { CellRef } from "../walkthrough/view"
import { Exact } from "./exact"
import type { State } from "./instances"
import { distance } from "./lod"
import { type AxisInk, type Inks, NUMBER, paintOver, type Shown } from "./overlay"
import { framing, type Pose } from "./poses"
import { type Bounds, boundsOf, cellBounds, indexOf, type Place, placeOf, union } from "./slabs"
import { FOV, type Look, type Mark, Space } from "./space"
import { type Beat, beatAt, cellAt, DONE, FLASH, SWEEP } from "./sweep"
import type { Face, SceneBlock, SceneInfo, Vec3 } from "./types"
import { atWork, marksOf } from "./work"

/** Up to so many cells in all, every cell of a block travels; of larger models patches do. */
const WHOLE = 600_000
const FINE = 256
const ROUGH = 48
const BATCH = 24
/** Units around the block that is computed that are kept in view. */
const AROUND = 130
/** Share of the height above, which the bar covers. */
const BAR = 0.25

export interface Told {
  onReady: () => void
  onProblem: (words: string) => void
  onBeat: (beat: Beat) => void
  onCell: (cell: CellRef | null, box: DOMRect | null) => void
  onPin: (cell: CellRef) => void
}

export class Theatre {
  readonly space: Space
  private readonly exact: Exact
  private readonly blocks = new Map<string, SceneBlock>()
  private readonly faces = new Map<string, Face>()
  private readonly stop = new AbortController()
  private readonly context: CanvasRenderingContext2D
  private info: SceneInfo | null = null
  private own: SceneBlock[] = []
  private beside: SceneBlock[] = []
  private stage: StageInfo | null = null
  private cell: CellRef | null = null
  private lit: readonly CellRef[] = []
  private began = 0
  private beat: Beat = DONE
  private ticking = 0
  private resting: ReturnType<typeof setTimeout> | undefined
  private inks: Inks = { ink: "#000", page: "#fff", accent: "#e0218a", quiet: "#666" }
  private family = "sans-serif"
  private queue: string[] = []
  private ready = false
  /** What the camera was last told to show, until a person takes it: shown anew where the canvas changes its form. */
  private framed: "step" | "all" | null = null

  constructor(
    canvas: HTMLCanvasElement,
    private readonly over: HTMLCanvasElement,
    private readonly manifest: Manifest,
    private readonly source: Source,
    private readonly still: () => boolean,
    private readonly told: Told,
  ) {
    this.context = over.getContext("2d")!
    this.space = new Space(canvas, {
      onFrame: () => this.painted(),
      onTaken: () => {
        this.framed = null
        this.finish()
      },
      onLost: (lost) => told.onProblem(lost ? "scene_lost" : ""),
    })
    const coarse = (name: string) => {
      const face = this.faces.get(name)
      return face ? { bins: face.bins[0] * face.bins[1] > 1, most: face.most, signed: face.kind === "signed" } : null
    }
    this.exact = new Exact(source, coarse, () => this.space.request(), told.onProblem)
  }

  /** Gives the networks that can be set beside this one, by their keys. */
  async load(): Promise<Record<string, string>> {
    try {
      this.info = await this.source.scene(undefined, this.stop.signal)
    } catch (error) {
      if (!isAbort(error)) this.told.onProblem(error instanceof Error ? error.message : String(error))
      return {}
    }
    this.own = this.info.blocks
    for (const block of this.own) this.blocks.set(block.name, block)
    this.setBlocks()
    this.queue = this.own.filter((block) => !this.manifest.missing || block.role !== "weight").map(({ name }) => name)
    if (this.stage) this.show(this.stage, true)
    void this.stream()
    return this.info.layouts ?? {}
  }

  /** Another network to scale beside this one, or none. */
  async setBeside(layout: string | null): Promise<SceneInfo | null> {
    const info = layout ? await this.source.scene(layout, this.stop.signal) : null
    const left = (this.info?.size[0] ?? 0) * 1.15 + 60
    this.beside = (info?.blocks ?? []).map((block) => ({
      ...block,
      name: `${layout}: ${block.name}`,
      corner: [block.corner[0] + left, block.corner[1], block.corner[2]],
    }))
    this.setBlocks()
    this.fit()
    return info
  }

  /** The block of a tensor, whichever of its names is given. */
  blockOf(name: string): SceneBlock | undefined {
    return this.blocks.get(this.info?.same[name] ?? name)
  }

  show(stage: StageInfo, jump = false): void {
    const first = this.stage === null || jump
    const moved = this.stage?.name !== stage.name || first
    this.stage = stage
    if (!this.info) return
    this.ready = false
    if (moved) {
      this.go(first)
      this.again()
    }
    this.light()
  }

  /** The cell to draw lines to, and the cells that it is made of. */
  point(cell: CellRef | null, lit: readonly CellRef[]): void {
    this.cell = cell
    this.lit = lit
    this.light()
  }

  /** Shows the computation again from its first cell. */
  again(): void {
    if (this.still() || !this.stage) return this.finish()
    this.began = performance.now() + (this.space.flying ? 500 : 0)
    cancelAnimationFrame(this.ticking)
    this.ticking = requestAnimationFrame(this.tick)
  }

  /** At once to a share of the computation, 0 to 1. */
  scrub(share: number): void {
    cancelAnimationFrame(this.ticking)
    this.ticking = 0
    this.setBeat({ share, flash: 0 })
  }

  finish(): void {
    this.scrub(1)
  }

  go(jump = false): void {
    this.framed = "step"
    const box = this.focus()
    if (box) this.space.fly(framing(box, FOV, this.space.aspect), jump || this.still())
  }

  /** All there is. */
  fit(jump = false): void {
    this.framed = "all"
    const all = [...this.own, ...this.beside].map(boundsOf)
    if (all.length) this.space.fly(framing(union(all), FOV, this.space.aspect, 1.1), jump || this.still())
  }

  flyTo(name: string): void {
    const block = this.blocks.get(name)
    if (block) this.space.fly(framing(boundsOf(block), FOV, this.space.aspect, 1.6), this.still())
  }

  look(look: Look, inks: Inks, family: string): void {
    this.inks = inks
    this.family = family
    this.space.setLook(look)
  }

  resize(width: number, height: number): void {
    const ratio = Math.min(devicePixelRatio, 2)
    this.over.width = Math.round(width * ratio)
    this.over.height = Math.round(height * ratio)
    const before = this.space.aspect
    this.space.resize(width, height)
    if (Math.abs(before - this.space.aspect) <= 0.01 || !this.info) return
    if (this.framed === "step") this.go(true)
    if (this.framed === "all") this.fit(true)
  }

  /** The cell under a point of the canvas. */
  under(x: number, y: number): { cell: CellRef; block: SceneBlock; place: Place } | null {
    const hit = this.space.hit(x, y)
    if (!hit || !this.blocks.has(hit.block.name)) return null
    const index = indexOf(hit.block, hit.place)
    return index && { cell: { name: hit.block.name, index }, block: hit.block, place: hit.place }
  }

  /** The middle of a cell on the canvas; null where the eye does not see it. For tools. */
  cellAt(name: string, index: number[]): { x: number; y: number } | null {
    const block = this.blockOf(name)
    const box = block && this.boxOf(block, placeOf(block, index))
    return box ? { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 } : null
  }

  /** Where a cell is on the canvas. */
  boxOf(block: SceneBlock, place: Place): { left: number; right: number; top: number; bottom: number } | null {
    const { min, max } = cellBounds(block, place)
    const ends = ([[min[0], max[1], max[2]], [max[0], min[1], max[2]]] as Vec3[]).map((corner) => this.space.project(corner)) // prettier-ignore
    if (!ends[0] || !ends[1]) return null
    const [a, b] = [ends[0], ends[1]]
    return { left: Math.min(a.x, b.x), right: Math.max(a.x, b.x), top: Math.min(a.y, b.y), bottom: Math.max(a.y, b.y) }
  }

  dispose(): void {
    this.stop.abort()
    this.exact.dispose()
    cancelAnimationFrame(this.ticking)
    clearTimeout(this.resting)
    this.space.dispose()
  }

  private setBlocks(): void {
    const kinds = new Map<string, Kind>(this.own.map(({ name }) => [name, this.kindOf(name)]))
    this.space.setBlocks([...this.own, ...this.beside], kinds)
  }

  private kindOf(name: string): Kind {
    return stageNamed(this.manifest, name)?.kind ?? "signed"
  }

  /** Faces of all blocks, those nearest to what is looked at first. */
  private async stream(): Promise<void> {
    const cells = this.own.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
    const most = cells <= WHOLE ? FINE : ROUGH
    while (this.queue.length) {
      const eye = this.space.pose.target
      const near = new Map(this.queue.map((name) => [name, distance(eye, boundsOf(this.blocks.get(name)!))]))
      const now = new Set([this.stage?.name ?? "", ...this.inputs().map(({ name }) => name)])
      this.queue.sort((a, b) => Number(now.has(b)) - Number(now.has(a)) || near.get(a)! - near.get(b)!)
      const names = this.queue.splice(0, BATCH)
      try {
        for (const face of await this.source.faces(names, most, this.stop.signal)) {
          this.faces.set(face.name, face)
          this.space.setFace(face)
        }
      } catch (error) {
        if (!isAbort(error)) this.told.onProblem(error instanceof Error ? error.message : String(error))
        return
      }
    }
  }

  private current(): SceneBlock | null {
    return (this.stage && this.blockOf(this.stage.name)) ?? null
  }

  private inputs(): SceneBlock[] {
    if (!this.stage) return []
    const current = this.current()
    const found = [...this.stage.reads, ...this.stage.weights].map((name) => this.blockOf(name))
    return [...new Set(found.filter((block): block is SceneBlock => block !== undefined && block !== current))]
  }

  /** What is worth seeing of the block that is computed and of its inputs: a window of a wide one. */
  private focus(): Bounds | null {
    const current = this.current()
    if (!current) return null
    const own = boundsOf(current)
    const box = union([own, ...this.inputs().map(boundsOf)])
    const width = Math.min(own.max[0] - own.min[0], 2 * AROUND)
    const height = Math.min(own.max[1] - own.min[1], 2 * AROUND)
    const top = Math.min(box.max[1], own.max[1] + AROUND)
    const floor = Math.max(box.min[1], own.max[1] - height - AROUND / 2)
    return {
      min: [Math.max(box.min[0], own.min[0] - AROUND), floor, own.min[2]],
      max: [Math.min(box.max[0], own.min[0] + width + AROUND), top + BAR * (top - floor), own.max[2]],
    }
  }

  private light(): void {
    const current = this.current()
    const states = new Map<string, State>()
    const marks = new Map<string, Mark>()
    const inputs = this.inputs()
    for (const input of inputs) states.set(input.name, 2)
    if (current && this.stage) {
      states.set(current.name, 3)
      const count = current.size[0] * current.size[1]
      const at = cellAt(this.beat.share, count)
      if (this.beat.share < 1) {
        const place = { slab: 0, row: Math.floor(Math.max(at, 0) / current.size[0]), col: Math.max(at, 0) % current.size[0] }
        for (const [name, mark] of atWork(this.manifest, this.stage, current, place, inputs)) marks.set(name, mark)
        marks.set(current.name, { shown: at + 1 })
      } else if (this.lit.length) {
        const refs = this.lit.map(({ name, index }) => ({ name: this.info?.same[name] ?? name, index }))
        for (const [name, mark] of marksOf(refs, this.blocks)) {
          marks.set(name, mark)
          if (name !== current.name) states.set(name, 2)
        }
      }
    }
    this.space.setStates(states, current ? 0 : 1)
    this.space.setMarks(marks, this.beat.flash)
  }

  private readonly tick = (now: number): void => {
    const passed = now - this.began
    this.setBeat(beatAt(passed))
    this.ticking = passed < SWEEP + FLASH ? requestAnimationFrame(this.tick) : 0
  }

  private setBeat(beat: Beat): void {
    this.beat = beat
    this.told.onBeat(beat)
    this.light()
  }

  private painted(): void {
    const place = (ref: CellRef | null) => {
      const block = ref && this.blockOf(ref.name)
      return block && ref.index.length === block.axes.length ? { block, place: placeOf(block, ref.index) } : null
    }
    const shown: Shown = {
      current: this.current(),
      inputs: this.inputs(),
      title: (block) => this.title(block),
      axis: (name): AxisInk => ({
        title: axisName(this.manifest, name),
        colour: this.manifest.axes[name]?.colour ?? this.inks.quiet,
      }),
      cell: this.beat.share < 1 ? null : place(this.cell),
      sources: this.lit.flatMap((ref) => place(ref) ?? []),
      exact: this.exact,
    }
    paintOver(this.context, this.space, this.inks, shown, this.family)
    this.rest()
    const current = this.current()
    if (!this.ready && current && (this.faces.has(current.name) || this.manifest.missing)) {
      this.ready = true
      this.told.onReady()
    }
  }

  /** Once the camera stands still, what is near is fetched cell by cell. */
  private rest(): void {
    clearTimeout(this.resting)
    this.resting = setTimeout(() => {
      if (!this.space.flying) this.exact.look(this.space, NUMBER)
    }, 150)
  }

  private title(block: SceneBlock): string {
    const stage = stageNamed(this.manifest, block.name)
    return stage ? stage.title : block.name.replace(/^(encoder\.|decoder\.)?blocks\.\d+\./, "")
  }
}

export type { Pose }
