/** The canvas with the blocks: draws when something changed, flies, and tells what the pointer is on. */
import {
  Box3, Color, ColorManagement, DataTexture, Frustum, GLSL3, LinearSRGBColorSpace, Matrix4, Mesh, NearestFilter, PerspectiveCamera, RawShaderMaterial,
  RedFormat, RGBAFormat, Scene, Vector2, Vector3, WebGLRenderer,
} from "three" // prettier-ignore
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js"
import { diverging, type Rgb, sequential } from "../colour"
import type { Kind } from "../decode"
import { Atlas, TILE } from "./atlas"
import { type Instance, Instances, type State } from "./instances"
import { type Drawn, drawn, type Eye, type TileRange } from "./lod"
import { type Hit, pick, type Ray } from "./pick"
import { between, distanceOf, dollied, orbited, panned, type Pose } from "./poses"
import { fragment, vertex } from "./shader"
import { type Bounds, type Place, slabBounds, slabCount } from "./slabs"
import type { Face, SceneBlock, Vec3 } from "./types"

// Colours are those of the page and of the picture, unchanged.
ColorManagement.enabled = false

export const FOV = (40 * Math.PI) / 180
const FLIGHT = 700
const ATLAS = 2048
const TILE_ROWS = 8
const ROLES = { weight: 0, value: 1, aggregate: 2 } as const
const ALL = 1e9

/** Of the block that is computed or read: how much of it there is, and the row and column that are at work. */
export interface Mark {
  shown?: number
  slab?: number
  row?: number
  col?: number
}

export interface Look {
  dark: boolean
  page: string
  ink: string
  accent: string
  roles: [weight: string, value: string, aggregate: string]
}

export interface Events {
  /** After each frame. */
  onFrame: () => void
  /** A person took the camera. */
  onTaken: () => void
  onLost: (lost: boolean) => void
}

export class Space {
  readonly camera = new PerspectiveCamera((FOV * 180) / Math.PI, 1, 0.1, 1e7)
  /** Frames drawn, for tests and measures. */
  frames = 0
  drawnNow: Drawn[] = []
  private readonly renderer: WebGLRenderer
  private readonly scene = new Scene()
  private readonly controls: OrbitControls
  private readonly instances = new Instances()
  private readonly atlas = new Atlas(ATLAS, TILE_ROWS)
  private readonly texture: DataTexture
  private readonly palette = new DataTexture(new Uint8Array(256 * 2 * 4), 256, 2, RGBAFormat)
  private readonly material: RawShaderMaterial
  private readonly rects = new Map<string, (ReturnType<Atlas["place"]>)[]>()
  private readonly tiles = new Map<string, { block: SceneBlock; range: TileRange; key: string }>()
  private blocks: SceneBlock[] = []
  private kinds = new Map<string, Kind>()
  private states = new Map<string, State>()
  private usual: State = 1
  private marks = new Map<string, Mark>()
  private flight: { from: Pose; to: Pose; start: number } | null = null
  private asked = 0
  private gone = false

  constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly events: Events,
  ) {
    this.renderer = new WebGLRenderer({ canvas, antialias: true, powerPreference: "high-performance" })
    this.renderer.outputColorSpace = LinearSRGBColorSpace
    this.texture = new DataTexture(this.atlas.texels, ATLAS, ATLAS, RedFormat)
    for (const texture of [this.texture, this.palette]) {
      texture.minFilter = texture.magFilter = NearestFilter
      texture.unpackAlignment = 1
      texture.needsUpdate = true
    }
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: vertex,
      fragmentShader: fragment,
      uniforms: {
        atlas: { value: this.texture },
        palette: { value: this.palette },
        atlasSize: { value: ATLAS },
        page: { value: new Color() },
        ink: { value: new Color() },
        accent: { value: new Color() },
        roles: { value: [new Color(), new Color(), new Color()] },
        flash: { value: new Vector3() },
      },
    })
    const mesh = new Mesh(this.instances.geometry, this.material)
    mesh.frustumCulled = false // blocks are culled one by one
    this.scene.add(mesh)
    this.controls = new OrbitControls(this.camera, canvas)
    this.controls.zoomToCursor = true
    this.controls.zoomSpeed = 1.6
    this.controls.addEventListener("change", () => this.request())
    this.controls.addEventListener("start", this.taken)
    canvas.addEventListener("webglcontextlost", this.lost)
    canvas.addEventListener("webglcontextrestored", this.restored)
  }

  setBlocks(blocks: SceneBlock[], kinds: Map<string, Kind>): void {
    this.blocks = blocks
    this.kinds = kinds
    this.request()
  }

  /** Numbers for a block to show from afar. Without room for them it keeps the hue of its role. */
  setFace(face: Face): void {
    const size = face.rows * face.cols
    const rects = Array.from({ length: face.slabs }, (_, slab) => {
      const rect = this.atlas.place(face.cols, face.rows)
      if (rect) this.atlas.write(rect, face.patches.subarray(slab * size, (slab + 1) * size))
      return rect
    })
    this.rects.set(face.name, rects)
    this.request()
  }

  /** Blocks may share the atlas for one trace only. */
  clearFaces(): void {
    this.rects.clear()
    this.tiles.clear()
    this.atlas.clear()
  }

  hasFace(name: string): boolean {
    return this.rects.has(name)
  }

  /** Every cell of a part of a slab, drawn over its face. */
  setTile(key: string, block: SceneBlock, range: TileRange, codes: Uint8Array): void {
    const rect = this.atlas.claim(key, range.cols[1] - range.cols[0], range.rows[1] - range.rows[0])
    this.atlas.write(rect, codes)
    this.tiles.set(key, { block, range, key })
    this.request()
  }

  hasTile(key: string): boolean {
    return this.tiles.has(key)
  }

  /** What is looked at. Whatever is in neither map has the state `usual`. */
  setStates(states: Map<string, State>, usual: State): void {
    this.states = states
    this.usual = usual
    this.request()
  }

  setMarks(marks: Map<string, Mark>, flash = 0): void {
    this.marks = marks
    ;(this.material.uniforms.flash!.value as Vector3).x = flash
    this.request()
  }

  setLook(look: Look): void {
    const { uniforms } = this.material
    const set = (name: string, colour: string) => (uniforms[name]!.value as Color).setStyle(colour)
    set("page", look.page)
    set("ink", look.ink)
    set("accent", look.accent)
    look.roles.forEach((colour, i) => (uniforms.roles!.value as Color[])[i]!.setStyle(colour))
    this.scene.background = new Color().setStyle(look.page)
    const texels = this.palette.image.data as Uint8Array
    for (let code = 0; code < 256; code++) {
      const put = (row: number, [r, g, b]: Rgb) => texels.set([r, g, b, 255], 4 * (256 * row + code))
      put(0, diverging((code - 128) / 127, look.dark))
      put(1, sequential((code - 1) / 254))
    }
    this.palette.needsUpdate = true
    this.request()
  }

  resize(width: number, height: number): void {
    if (!width || !height) return
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, 2))
    this.renderer.setSize(width, height, false)
    this.camera.aspect = width / height
    this.camera.updateProjectionMatrix()
    this.request()
  }

  get aspect(): number {
    return this.camera.aspect
  }

  get pose(): Pose {
    return { eye: this.camera.position.toArray() as Vec3, target: this.controls.target.toArray() as Vec3 }
  }

  get flying(): boolean {
    return this.flight !== null
  }

  /** To a pose: at once, or in a flight that anything may interrupt. */
  fly(to: Pose, jump: boolean): void {
    if (jump) {
      this.flight = null
      this.stand(to)
    } else {
      this.flight = { from: this.pose, to, start: performance.now() }
    }
    this.request()
  }

  orbit(right: number, up: number): void {
    this.fly(orbited(this.pose, right, up), true)
  }

  zoom(factor: number): void {
    this.fly(dollied(this.pose, factor), true)
  }

  pan(right: number, up: number): void {
    this.fly(panned(this.pose, right, up), true)
  }

  /** The cell under a point of the canvas, in CSS pixels. */
  hit(x: number, y: number): Hit | null {
    return pick(this.drawnNow.map(({ block }) => block), this.ray(x, y))
  }

  ray(x: number, y: number): Ray {
    const { width, height } = this.size
    const end = new Vector3((2 * x) / width - 1, 1 - (2 * y) / height, 0.5).unproject(this.camera)
    const along = end.sub(this.camera.position).normalize()
    return { from: this.camera.position.toArray() as Vec3, along: along.toArray() as Vec3 }
  }

  /** Where a point of the scene is on the canvas, in CSS pixels; null behind the eye. */
  project([x, y, z]: Vec3): { x: number; y: number } | null {
    const at = new Vector3(x, y, z).project(this.camera)
    if (at.z > 1) return null
    const { width, height } = this.size
    return { x: ((at.x + 1) / 2) * width, y: ((1 - at.y) / 2) * height }
  }

  get size(): { width: number; height: number } {
    const size = this.renderer.getSize(new Vector2())
    return { width: size.x, height: size.y }
  }

  /** A picture of what is shown, so many pixels wide. */
  async picture(width: number): Promise<Blob> {
    const before = this.renderer.getSize(new Vector2())
    const ratio = this.renderer.getPixelRatio()
    this.renderer.setPixelRatio(1)
    this.renderer.setSize(width, Math.round(width / this.aspect), false)
    this.renderer.render(this.scene, this.camera)
    const made = new Promise<Blob>((done, fail) => {
      this.canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("the browser made no picture"))), "image/png")
    })
    this.renderer.setPixelRatio(ratio)
    this.renderer.setSize(before.x, before.y, false)
    this.request()
    return made
  }

  dispose(): void {
    this.gone = true
    cancelAnimationFrame(this.asked)
    this.canvas.removeEventListener("webglcontextlost", this.lost)
    this.canvas.removeEventListener("webglcontextrestored", this.restored)
    this.controls.dispose()
    this.instances.geometry.dispose()
    this.material.dispose()
    this.texture.dispose()
    this.palette.dispose()
    this.renderer.dispose()
    this.renderer.forceContextLoss()
  }

  /** Nothing is drawn while nothing changes. */
  request(): void {
    if (!this.asked && !this.gone) this.asked = requestAnimationFrame(this.frame)
  }

  private readonly frame = (now: number): void => {
    this.asked = 0
    if (this.gone) return
    if (this.flight) {
      const t = Math.min(Math.max((now - this.flight.start) / FLIGHT, 0), 1)
      this.stand(between(this.flight.from, this.flight.to, t))
      if (t === 1) this.flight = null
      else this.request()
    }
    this.camera.near = Math.max(distanceOf(this.pose) / 200, 0.05)
    this.camera.far = this.camera.near * 2e5
    this.camera.updateProjectionMatrix()
    this.camera.updateMatrixWorld()
    this.drawnNow = drawn(this.blocks, this.eye())
    this.instances.fill(this.drawnNow.flatMap((one) => this.boxes(one)))
    if (this.atlas.changed) {
      this.texture.needsUpdate = true
      this.atlas.changed = false
    }
    this.renderer.render(this.scene, this.camera)
    this.frames++
    this.events.onFrame()
  }

  private eye(): Eye {
    const frustum = new Frustum().setFromProjectionMatrix(
      new Matrix4().multiplyMatrices(this.camera.projectionMatrix, this.camera.matrixWorldInverse),
    )
    const box = new Box3()
    const sees = ({ min, max }: Bounds) => {
      box.min.fromArray(min)
      box.max.fromArray(max)
      return frustum.intersectsBox(box)
    }
    return { at: this.camera.position.toArray() as Vec3, scale: this.size.height / 2 / Math.tan(FOV / 2), sees }
  }

  private boxes({ block, bounds, apart }: Drawn): Instance[] {
    const state = this.states.get(block.name) ?? this.usual
    const mark = this.marks.get(block.name)
    const rects = this.rects.get(block.name)
    const common = {
      cols: block.size[0],
      rows: block.size[1],
      kind: this.kinds.get(block.name) ?? "signed",
      state,
      role: ROLES[block.role],
    } as const
    const one = (slab: number, where: Bounds): Instance => {
      const other = mark?.slab !== undefined && mark.slab !== slab
      const done = mark?.shown === undefined ? ALL : mark.shown
      return {
        ...common,
        bounds: where,
        rect: rects?.[slab] ?? null,
        shown: done,
        row: other || mark?.row === undefined ? -1 : mark.row,
        col: other || mark?.col === undefined ? -1 : mark.col,
        state: other && state > 1 ? 1 : state,
      }
    }
    if (!apart) return [one(0, bounds)]
    const found = Array.from({ length: slabCount(block) }, (_, slab) => one(slab, slabBounds(block, slab)))
    return mark?.shown === undefined ? [...found, ...this.tilesOf(block, found)] : found
  }

  private tilesOf(block: SceneBlock, slabs: readonly Instance[]): Instance[] {
    const found: Instance[] = []
    for (const { key, range, block: of } of this.tiles.values()) {
      if (of.name !== block.name) continue
      const below = slabs[range.slab]
      const [rows, cols] = [range.rows[1] - range.rows[0], range.cols[1] - range.cols[0]]
      const rect = below && this.atlas.tile(key, cols, rows)
      if (!rect) {
        this.tiles.delete(key)
        continue
      }
      const { min, max } = below.bounds
      // A little before the face, or the two would flicker through one another.
      const lift = Math.max(0.02, distanceOf(this.pose) / 2000)
      const top = max[1] - range.rows[0]
      const where: Bounds = {
        min: [min[0] + range.cols[0], top - rows, max[2]],
        max: [min[0] + range.cols[1], top, max[2] + lift],
      }
      const inside = (place: number, start: number) => (place < 0 ? -1 : place - start)
      found.push({
        ...below, bounds: where, rect, cols, rows, role: 3,
        // A row that is not on this tile leaves all of it unlit.
        row: below.row < 0 ? -1 : mark(inside(below.row, range.rows[0]), rows),
        col: below.col < 0 ? -1 : mark(inside(below.col, range.cols[0]), cols),
      }) // prettier-ignore
    }
    return found
  }

  private stand({ eye, target }: Pose): void {
    this.camera.position.fromArray(eye)
    this.controls.target.fromArray(target)
    this.camera.lookAt(this.controls.target)
  }

  private readonly taken = (): void => {
    this.flight = null
    this.events.onTaken()
  }

  private readonly lost = (event: Event): void => {
    event.preventDefault() // or the browser would not give it back
    this.events.onLost(true)
  }

  private readonly restored = (): void => {
    this.texture.needsUpdate = true
    this.palette.needsUpdate = true
    this.events.onLost(false)
    this.request()
  }
}

/** Where a lit row is on a tile; a place outside of it lights nothing. */
function mark(place: number, size: number): number {
  return place >= 0 && place < size ? place : 1e6
}

export { TILE, type Place }
