/** The scene of one trace: what is fetched, what is lit, where the camera flies. The pane tells it what to show. */
import { isDifference } from "../walkthrough/compare"
import { isAbort, type Source } from "../walkthrough/data"
import type { Manifest, StageInfo } from "../walkthrough/types"
import type { CellRef } from "../walkthrough/view"
import { Company, type Wish } from "./company"
import { Computation } from "./computation"
import { Exact } from "./exact"
import { Gaze } from "./gaze"
import type { Light, Step } from "./light"
import { lightUp } from "./lighting"
import { LEAD, merges } from "./merge"
import { Network } from "./network"
import { partsOf, type Progress, progressOf, reachedCell } from "./order"
import { Lettering } from "./lettering"
import { NUMBER, type Shown } from "./overlay"
import type { Look } from "./paint"
import type { Inks } from "./pens"
import { distanceOf } from "./poses"
import type { Drawn } from "./scale"
import { Shots } from "./shots"
import type { Space } from "./space"
import { Stream } from "./stream"
import type { Told } from "./told"
import type { SceneBlock, SceneInfo } from "./types"
import { follow, goTo, showAll, showBlock } from "./views"
import { cellUnder, middleOf, type Under } from "./where"

export class Theatre {
  readonly computation: Computation
  readonly shots: Shots
  readonly stream: Stream
  network: Network | null = null
  protected readonly exact: Exact
  protected readonly stop = new AbortController()
  readonly lettering: Lettering
  private readonly company: Company
  readonly gaze = new Gaze()
  protected wish: Wish | null = null
  /** Of the trace whose blocks are shown; `source` is that of the one to be shown. */
  protected from: Source
  private ready = false

  constructor(
    readonly space: Space,
    over: HTMLCanvasElement,
    protected manifest: Manifest,
    protected source: Source,
    protected readonly still: () => boolean,
    protected readonly told: Told,
  ) {
    this.lettering = new Lettering(over)
    space.begin({
      onFrame: () => this.painted(),
      onTaken: () => {
        this.shots.leave()
        this.finish()
      },
      onLost: told.onLost,
    })
    this.shots = new Shots(this.space.camera, still)
    this.computation = new Computation((beat, playing) => {
      told.onBeat(beat, playing)
      this.light()
    })
    this.from = source
    this.stream = new Stream((names, most, stop) => this.from.faces(names, most, stop), {
      onFace: (face) => {
        this.space.setFace(face)
        if (this.network?.learns(face)) this.setBlocks()
      },
      onProblem: told.onProblem,
      calm: () => space.calm(),
      now: () => ({ target: this.space.camera.pose.target, first: new Set(this.looked().map(({ name }) => name)) }),
    })
    this.company = new Company(() => this.source, space, told.onProblem)
    this.exact = new Exact(source, (name) => this.stream.coarse(name), () => this.space.request(), told.onProblem)
  }

  /** Gives the networks that can be set beside this one, by their keys. */
  async load(): Promise<Record<string, string>> {
    const { manifest, source } = this
    try {
      this.network = new Network(manifest, await source.scene(undefined, this.stop.signal))
    } catch (error) {
      this.fail(error)
      return {}
    }
    if (this.source !== source) return this.load() // the input has grown meanwhile
    this.from = source
    this.setBlocks()
    this.space.ribbons.set(this.network.flows())
    // The first time the camera has nowhere to fly from.
    this.enter(distanceOf(this.space.camera.pose) === 0)
    void this.stream.start(this.network.withNumbers)
    return this.network.info.layouts ?? {}
  }

  /** Another network beside this one, or none. `fly`: to see both. Undefined where another wish has come meanwhile. */
  async setBeside(wish: Wish | null, fly: boolean): Promise<SceneInfo | null | undefined> {
    this.wish = wish
    const left = (this.network?.info.size[0] ?? 0) * 1.15 + 60
    const info = await this.company.set(wish, [left, 0, 0], this.stop.signal)
    this.setBlocks()
    // Where all is looked at, that is more or less now.
    if (info !== undefined && (fly || this.shots.whole)) this.fit()
    return info
  }

  show(stage: StageInfo): void {
    const moved = this.gaze.stage?.name !== stage.name
    this.gaze.stage = stage
    this.ready = false
    if (moved) this.enter(false)
    else this.light()
  }

  private follow(): void {
    if (this.network) follow(this.shots, this.gaze, this.network)
    this.light()
  }

  private enter(jump: boolean): void {
    if (!this.network || !this.gaze.stage) return
    this.go(jump)
    this.again()
  }

  /** The cell to draw lines to, and the cells that it is made of. */
  point(cell: CellRef | null, lit: readonly CellRef[]): void {
    Object.assign(this.gaze, { cell, lit })
    this.light()
  }

  /** The cell that stays on the card: nothing stands before it, and it is in view, unless a person has the camera. */
  keep(cell: CellRef | null): void {
    this.gaze.kept = cell
    this.follow()
  }

  /** The only head to be shown, among so many; null: all. */
  choose(head: number | null, heads: number): void {
    this.gaze.head = head === null ? null : { place: head, heads }
    this.follow()
  }

  name(name: string | null): void {
    this.gaze.named = name
    this.light()
  }

  /** Shows the computation again from its first cell. */
  again(): void {
    if (this.still() || !this.gaze.stage) return this.finish()
    const step = this.step()
    this.computation.again(this.space.camera.flying ? 500 : 0, step && merges(step) ? LEAD : 0)
  }

  /** So many cells or rows of the computation on or back. Gives the cell that is computed then. */
  compute(parts: number): CellRef | null {
    const step = this.step()
    if (!step || !this.network) return null
    this.computation.step(parts, partsOf(step))
    this.told.onStep(progressOf(step, this.computation.beat))
    return reachedCell(step, this.computation.beat, this.gaze.slab(this.network, step))
  }

  finish(): void {
    this.computation.scrub(1)
  }

  go(jump = false): void {
    if (this.network) goTo(this.shots, this.gaze, this.network, jump)
    this.light()
  }

  fit(jump = false): void {
    showAll(this.shots, [...(this.network?.blocks ?? []), ...this.company.blocks], jump)
    this.light()
  }

  flyTo(name: string): void {
    showBlock(this.shots, this.network?.block(name))
  }

  look(look: Look, inks: Inks, family: string): void {
    this.lettering.look(inks, family)
    this.space.setLook(look, family)
  }

  resize(width: number, height: number): void {
    this.lettering.resize(width, height)
    if (this.space.resize(width, height)) this.shots.again()
  }

  under(x: number, y: number): Under | null {
    return cellUnder(this.space, this.network, this.gaze.stage, x, y)
  }

  /** The middle of a cell on the canvas; null where the eye does not see it. For tools. */
  cellAt(name: string, index: number[]): { x: number; y: number } | null {
    const found = this.network?.cell({ name, index })
    return found ? middleOf(this.space.camera, found.block, found.place) : null
  }

  /** What the colours of the step stand for; null where it has no numbers to show. */
  scale(): Drawn | null {
    const face = this.stream.faces.get(this.step()?.current.name ?? "")
    return face ? { kind: face.kind, most: face.most, dark: this.space.dark } : null
  }

  progress(): Progress | null {
    const step = this.step()
    return step && progressOf(step, this.computation.beat)
  }

  /** A picture of what is shown with its words, so many pixels wide; null before there is anything. */
  async picture(width: number): Promise<Blob | null> {
    const { stage } = this.gaze
    const shown = this.words()
    return stage && shown && this.lettering.picture(this.space, width, shown, this.manifest, stage)
  }

  dispose(): void {
    this.stop.abort()
    this.exact.dispose()
    this.stream.dispose()
    this.company.leave()
    this.computation.dispose()
  }

  protected fail(error: unknown): void {
    if (!isAbort(error)) this.told.onProblem(error instanceof Error ? error.message : String(error))
  }

  protected setBlocks(): void {
    const { network, company } = this
    if (network) this.space.setBlocks([...network.blocks, ...company.blocks], new Map([...network.kinds(), ...company.kinds]))
  }

  private step(): Step | null {
    return this.gaze.step(this.network)
  }

  /** The block that is computed and those it is computed of. */
  protected looked(): SceneBlock[] {
    const step = this.step()
    return step ? [step.current, ...step.inputs] : []
  }

  protected light(): void {
    const { network, hushed } = this
    if (!network) return
    const { beat } = this.computation
    const found = this.glow(network, this.gaze.light(network, beat))
    // Seen from afar, all of it counts; of a difference, all that differs.
    const aside = found !== null && ((!this.shots.far && !isDifference(this.manifest)) || hushed)
    lightUp(this.space, this.gaze, network, beat, found, { aside, hushed })
  }

  /** What is lit in the end, where there is more to light than the step. */
  protected glow(_network: Network, usual: Light | null): Light | null {
    return usual
  }

  /** Whether the step keeps quiet for a moment: no arrows, no lines. */
  protected get hushed(): boolean {
    return false
  }

  private painted(): void {
    const shown = this.words()
    if (!shown) return
    this.lettering.write(this.space, shown)
    this.exact.rest(this.space, NUMBER)
    const { current } = shown
    const there = this.stream.faces.has(current.name) || !this.network?.hasNumbers(current)
    if (!this.ready && this.network?.manifest === this.manifest && there) {
      this.ready = true
      this.told.onReady()
    }
  }

  /** What words and lines over what is drawn now tell. */
  private words(): Shown | null {
    const { network } = this
    const step = this.step()
    if (!network || !step) return null
    const { inks } = this.lettering
    return {
      ...this.gaze.told(network, step, this.computation.beat, this.hushed),
      axis: (name) => ({ ...network.axis(name), colour: network.axis(name).colour ?? inks.quiet }),
      marks: this.space.boxes.marks,
      exact: this.exact,
      covered: this.shots.covered,
      networks: this.company.names(this.lettering.called(network.manifest.model.title), network.blocks),
    }
  }
}
