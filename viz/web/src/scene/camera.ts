/** The eye: where it stands, how it flies, and what of space it sees where on the canvas. */
import { Box3, Frustum, Matrix4, PerspectiveCamera, Vector3 } from "three"
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js"
import { shifted } from "./growth"
import type { Eye } from "./lod"
import type { Ray } from "./pick"
import { between, distanceOf, dollied, orbited, panned, type Pose } from "./poses"
import type { Bounds } from "./slabs"
import type { Vec3 } from "./types"

export const FOV = (40 * Math.PI) / 180
const FLIGHT = 700

export class Camera {
  readonly lens = new PerspectiveCamera((FOV * 180) / Math.PI, 1, 0.1, 1e7)
  /** Of the canvas, in CSS pixels. */
  size = { width: 1, height: 1 }
  private readonly controls: OrbitControls
  private flight: { from: Pose; to: Pose; start: number } | null = null

  /** `onTaken`: a person took the camera. */
  constructor(
    canvas: HTMLCanvasElement,
    private readonly onMoved: () => void,
    private readonly onTaken: () => void,
  ) {
    this.controls = new OrbitControls(this.lens, canvas)
    this.controls.zoomToCursor = true
    this.controls.zoomSpeed = 1.6
    this.controls.addEventListener("change", this.onMoved)
    this.controls.addEventListener("start", this.taken)
  }

  resize(width: number, height: number): void {
    this.size = { width, height }
    this.lens.aspect = width / height
    this.lens.updateProjectionMatrix()
  }

  get aspect(): number {
    return this.lens.aspect
  }

  get pose(): Pose {
    return { eye: this.lens.position.toArray() as Vec3, target: this.controls.target.toArray() as Vec3 }
  }

  get flying(): boolean {
    return this.flight !== null
  }

  /** To a pose: at once, or in a flight that anything may interrupt. */
  fly(to: Pose, jump: boolean): void {
    this.flight = jump ? null : { from: this.pose, to, start: performance.now() }
    if (jump) this.stand(to)
    this.onMoved()
  }

  /** With what it looks at, in flight too. */
  shift(by: Vec3): void {
    if (this.flight) this.flight = { ...this.flight, from: shifted(this.flight.from, by), to: shifted(this.flight.to, by) }
    this.stand(shifted(this.pose, by))
    this.onMoved()
  }

  orbit(right: number, up: number): void {
    this.take(orbited(this.pose, right, up))
  }

  zoom(factor: number): void {
    this.take(dollied(this.pose, factor))
  }

  pan(right: number, up: number): void {
    this.take(panned(this.pose, right, up))
  }

  /** Before a frame is drawn: on with the flight, and everything that depends on the pose. */
  advance(now: number): void {
    if (this.flight) {
      const t = Math.min(Math.max((now - this.flight.start) / FLIGHT, 0), 1)
      this.stand(between(this.flight.from, this.flight.to, t))
      if (t === 1) this.flight = null
      else this.onMoved()
    }
    this.lens.near = Math.max(distanceOf(this.pose) / 200, 0.05)
    this.lens.far = this.lens.near * 2e5
    this.lens.updateProjectionMatrix()
    this.lens.updateMatrixWorld()
  }

  /**
   * A point near what is looked at, in whole units, and the view from there. Far down a large network single precision
   * has no hundredths of a unit left, so the graphics card reckons from here.
   */
  near(): { origin: Vec3; eye: Vec3; view: Matrix4 } {
    const origin = this.pose.target.map(Math.round) as Vec3
    const view = this.lens.matrixWorldInverse.clone()
    view.setPosition(new Vector3(...origin).applyMatrix4(this.lens.matrixWorldInverse))
    return { origin, eye: this.pose.eye.map((x, d) => x - origin[d]!) as Vec3, view }
  }

  ray(x: number, y: number): Ray {
    const { width, height } = this.size
    const end = new Vector3((2 * x) / width - 1, 1 - (2 * y) / height, 0.5).unproject(this.lens)
    const along = end.sub(this.lens.position).normalize()
    return { from: this.lens.position.toArray() as Vec3, along: along.toArray() as Vec3 }
  }

  /** Where a point of the scene is on the canvas, in CSS pixels; null behind the eye. */
  project([x, y, z]: Vec3): { x: number; y: number } | null {
    const at = new Vector3(x, y, z).project(this.lens)
    if (at.z > 1) return null
    const { width, height } = this.size
    return { x: ((at.x + 1) / 2) * width, y: ((1 - at.y) / 2) * height }
  }

  eye(): Eye {
    const frustum = new Frustum().setFromProjectionMatrix(
      new Matrix4().multiplyMatrices(this.lens.projectionMatrix, this.lens.matrixWorldInverse),
    )
    const box = new Box3()
    const sees = ({ min, max }: Bounds) => {
      box.min.fromArray(min)
      box.max.fromArray(max)
      return frustum.intersectsBox(box)
    }
    return { at: this.lens.position.toArray() as Vec3, scale: this.size.height / 2 / Math.tan(FOV / 2), sees }
  }

  dispose(): void {
    this.controls.dispose()
  }

  private stand({ eye, target }: Pose): void {
    this.lens.position.fromArray(eye)
    this.controls.target.fromArray(target)
    this.lens.lookAt(this.controls.target)
  }

  private take(to: Pose): void {
    this.taken()
    this.fly(to, true)
  }

  private readonly taken = (): void => {
    this.flight = null
    this.onTaken()
  }
}
