/** The canvas with the blocks: draws when something changed, and tells what the pointer is on. */
import { Color, LinearSRGBColorSpace, Mesh, Scene, WebGLRenderer } from "three"
import { Boxes, type Mark } from "./boxes"
import { type Clear, NOTHING } from "./clear"
import { Camera } from "./camera"
import { Batch, type Painted, type State } from "./instances"
import { Labels } from "./labels"
import { type Drawn, drawn, type TileRange } from "./lod"
import type { Glide } from "./merge"
import { Pace } from "./pace"
import { type Look, Paint } from "./paint"
import { type Hit, pick } from "./pick"
import { distanceOf } from "./poses"
import { Ribbons } from "./ribbons"
import { cellBounds, type Place } from "./slabs"
import type { Face, SceneBlock } from "./types"

const HURRY = 0.5 // of the pixels across
const TINY = 4 // pixels of a cell
const REST = 150 // milliseconds without a move
const WAIT = 800 // milliseconds, at most

export interface Events {
  /** With each frame, before it is drawn: what is in view is known, and can be named. */
  onFrame: () => void
  /** A person took the camera. */
  onTaken: () => void
  onLost: (lost: boolean) => void
}

/** Pixels drawn for one of CSS. */
export function sharpness(): number {
  return Math.min(devicePixelRatio, 2)
}

export class Space {
  readonly camera: Camera
  readonly boxes = new Boxes()
  dark = false
  /** Frames drawn, for tests and measures. */
  frames = 0
  drawnNow: Drawn[] = []
  private known: { of: readonly Drawn[]; by: ReadonlyMap<SceneBlock, Drawn> } = { of: [], by: new Map() }
  private readonly renderer: WebGLRenderer
  private readonly scene = new Scene()
  private readonly batch = new Batch()
  readonly ribbons = new Ribbons()
  readonly labels = new Labels()
  private readonly paint = new Paint(this.boxes.atlas)
  private blocks: SceneBlock[] = []
  private clear = NOTHING
  private readonly pace = new Pace()
  private stood = ""
  /** Until the camera rests, a timer; 0: all pixels are drawn. */
  private hurried = 0
  private asked = 0
  private began = 0
  private gone = false

  private events: Events = { onFrame: () => {}, onTaken: () => {}, onLost: () => {} }

  /** Throws where the browser has no WebGL 2 to give, or not now. */
  constructor(readonly canvas: HTMLCanvasElement) {
    this.renderer = new WebGLRenderer({ canvas, antialias: true, powerPreference: "high-performance" })
    this.renderer.outputColorSpace = LinearSRGBColorSpace
    const mesh = new Mesh(this.batch.geometry, this.paint.material)
    mesh.frustumCulled = false // blocks are culled one by one
    this.scene.add(mesh, this.ribbons.mesh)
    this.camera = new Camera(canvas, () => this.request(), () => this.events.onTaken())
    canvas.addEventListener("webglcontextlost", this.lost)
    canvas.addEventListener("webglcontextrestored", this.restored)
    document.fonts.addEventListener("loadingdone", this.lettered)
  }

  /** For who shows something here from now on: the canvas is empty, the camera where it was. */
  begin(events: Events): void {
    this.events = events
    this.labels.begin()
    this.boxes.clear()
    this.ribbons.set([])
    this.setBlocks([], new Map())
  }

  setBlocks(blocks: SceneBlock[], kinds: ReadonlyMap<string, Painted>): void {
    this.blocks = blocks
    this.boxes.kinds = kinds
    this.request()
  }

  setFace(face: Face): void {
    this.boxes.setFace(face)
    this.request()
  }

  setTile(key: string, block: SceneBlock, range: TileRange, codes: Uint8Array): void {
    this.boxes.setTile(key, block, range, codes)
    this.request()
  }

  /** What is looked at. Whatever is in neither map has the state `usual`. */
  setStates(states: ReadonlyMap<string, State>, usual: State): void {
    this.boxes.states = states
    this.boxes.usual = usual
    this.request()
  }

  isAside({ name }: SceneBlock): boolean {
    return (this.boxes.states.get(name) ?? this.boxes.usual) === 0
  }

  setMarks(marks: ReadonlyMap<string, Mark>, flash = 0): void {
    this.boxes.marks = marks
    this.paint.setFlash(flash)
    this.request()
  }

  /** What nothing is to stand before. */
  setClear(clear: Clear): void {
    this.clear = clear
    this.request()
  }

  /** Rows on their way into a sum. */
  setGlides(glides: readonly Glide[]): void {
    this.boxes.glides = glides
    this.request()
  }

  setLook(look: Look, family: string): void {
    this.labels.setLook(look.page, family)
    this.dark = look.dark
    this.paint.setLook(look)
    this.ribbons.setLook(look.stream, look.ink, look.accent)
    this.scene.background = new Color().setStyle(look.page)
    this.request()
  }

  /** Gives whether the canvas has another form now. */
  resize(width: number, height: number): boolean {
    if (!width || !height) return false
    const before = this.camera.aspect
    this.renderer.setPixelRatio(this.ratio)
    this.renderer.setSize(width, height, false)
    this.camera.resize(width, height)
    this.request()
    return Math.abs(before - this.camera.aspect) > 0.01
  }

  /** The cell under a point of the canvas, in CSS pixels. */
  hit(x: number, y: number): Hit | null {
    return pick(this.drawnNow, this.camera.ray(x, y))
  }

  /** Whether the eye sees the middle of a cell: nothing else stands before it. Of cells too small to be told apart it is not asked. */
  shows(block: SceneBlock, place: Place): boolean {
    const own = this.drawnOf(block)
    if (!own || own.cell < TINY) return true
    const { min, max } = cellBounds(block, place)
    const at = this.camera.project([(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, max[2]])
    const hit = at && this.hit(at.x, at.y)
    return hit?.block === block && hit.place.slab === place.slab
  }

  /** How a block is drawn in this frame, if it is. */
  drawnOf(block: SceneBlock): Drawn | undefined {
    if (this.known.of !== this.drawnNow) this.known = { of: this.drawnNow, by: new Map(this.drawnNow.map((one) => [one.block, one])) }
    return this.known.by.get(block)
  }

  /** A copy of what is shown, so many pixels wide. */
  picture(width: number): HTMLCanvasElement {
    const { width: across, height: down } = this.camera.size
    const sheet = Object.assign(document.createElement("canvas"), { width, height: Math.round(width / this.camera.aspect) })
    this.renderer.setPixelRatio(1)
    this.renderer.setSize(sheet.width, sheet.height, false)
    this.render(width / across)
    sheet.getContext("2d")!.drawImage(this.canvas, 0, 0)
    this.renderer.setPixelRatio(this.ratio)
    this.renderer.setSize(across, down, false)
    this.request()
    return sheet
  }

  /** Comes back at once, or on a machine that hardly keeps up with the camera when that rests or has moved for a while. */
  async calm(): Promise<void> {
    const start = performance.now()
    while (this.hurried && performance.now() - start < WAIT) await new Promise((done) => setTimeout(done, REST))
  }

  dispose(): void {
    this.gone = true
    cancelAnimationFrame(this.asked)
    clearTimeout(this.hurried)
    this.canvas.removeEventListener("webglcontextlost", this.lost)
    this.canvas.removeEventListener("webglcontextrestored", this.restored)
    document.fonts.removeEventListener("loadingdone", this.lettered)
    this.camera.dispose()
    this.batch.dispose()
    this.paint.dispose()
    this.ribbons.dispose()
    this.labels.dispose()
    this.renderer.dispose()
    this.renderer.forceContextLoss()
  }

  /** Nothing is drawn while nothing changes. */
  request(): void {
    if (this.asked || this.gone) return
    this.asked = requestAnimationFrame(this.frame)
    this.began = performance.now()
  }

  private readonly frame = (now: number): void => {
    this.asked = 0
    if (this.gone) return
    const took = performance.now() - this.began
    this.camera.advance(now)
    this.hurry(took)
    this.drawnNow = drawn(this.blocks, this.camera.eye(), this.clear)
    const far = distanceOf(this.camera.pose)
    const near = this.camera.near()
    this.batch.fill([...this.drawnNow.flatMap((one) => this.boxes.of(one, far)), ...this.boxes.onWay()], near.origin)
    this.paint.setView(near.view, this.batch.texture)
    this.ribbons.setView(near)
    this.ribbons.setPixel(1 / this.camera.eye().scale)
    this.paint.update()
    this.frames++
    this.events.onFrame()
    this.render(sharpness())
  }

  /** Whether the machine hardly keeps up with the camera. */
  get hurries(): boolean {
    return this.hurried !== 0
  }

  private render(ratio: number): void {
    this.renderer.render(this.scene, this.camera.lens)
    this.labels.draw(this.renderer, this.camera.size, ratio)
  }

  private get ratio(): number {
    return sharpness() * (this.hurried ? HURRY : 1)
  }

  /** A slow machine draws fewer pixels while the camera moves, and all of them as soon as it rests. */
  private hurry(took: number): void {
    const stands = JSON.stringify(this.camera.pose)
    const moved = stands !== this.stood
    this.stood = stands
    const slow = this.pace.tooSlow(took, moved)
    if (!moved || !(slow || this.hurried)) return
    const before = this.hurried
    clearTimeout(before)
    const rest = () => {
      // The camera has not come to rest where it only waits for the machine to draw where it is by now.
      const waits = this.asked && (this.camera.flying || JSON.stringify(this.camera.pose) !== this.stood)
      this.hurried = waits ? window.setTimeout(rest, REST) : 0
      if (waits) return
      this.renderer.setPixelRatio(this.ratio)
      this.request()
    }
    this.hurried = window.setTimeout(rest, REST)
    if (!before) this.renderer.setPixelRatio(this.ratio)
  }

  /** A font has come, with letters of another form. */
  private readonly lettered = (): void => {
    this.labels.renew()
    this.request()
  }

  private readonly lost = (event: Event): void => {
    event.preventDefault() // or the browser would not give it back
    this.events.onLost(true)
  }

  private readonly restored = (): void => {
    this.paint.upload()
    this.events.onLost(false)
    this.request()
  }
}
