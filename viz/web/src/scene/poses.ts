/** Where the camera stands and looks, and how it flies from one pose to another. Pure arithmetic. */
import { type Bounds, middle } from "./slabs"
import type { Vec3 } from "./types"

export interface Pose {
  eye: Vec3
  target: Vec3
}

/** From the front, a little from the right and from above: rows, columns and depth can all be seen. */
export const DIRECTION: Vec3 = unit([0.36, 0.3, 1])

/** The pose from which a box fills the view but for a margin. `fov`: vertical, in radians. */
export function framing(box: Bounds, fov: number, aspect: number, margin = 1.25, direction = DIRECTION): Pose {
  const tan = Math.tan(fov / 2)
  const side = unit([direction[2], 0, -direction[0]])
  const over = cross(direction, side)
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((n): Vec3 => {
    const end = (d: 0 | 1 | 2) => (n & (1 << d) ? box.max[d] : box.min[d])
    return [end(0), end(1), end(2)]
  })
  let target = middle(box)
  let distance = 4
  // What is nearer looks larger, so the middle of the box is not the middle of what is seen: found step by step.
  for (let round = 0; round < 4; round++) {
    const seen = corners.map((corner) => {
      const off = minus(corner, target)
      return { x: dot(off, side), y: dot(off, over), near: dot(off, direction) }
    })
    distance = Math.max(4, ...seen.map(({ x, y, near }) => near + Math.max(Math.abs(y), Math.abs(x) / aspect) / tan))
    const shift = (along: "x" | "y") => {
      const shares = seen.map((at) => at[along] / Math.max(distance - at.near, 1e-6))
      return ((Math.max(...shares) + Math.min(...shares)) / 2) * distance
    }
    if (round < 3) target = add(add(target, side, shift("x")), over, shift("y"))
  }
  return { eye: add(target, direction, distance * margin), target }
}

/** The pose at `t` (0 to 1) of a flight: it begins and ends gently, and rises over what lies between. */
export function between(from: Pose, to: Pose, t: number): Pose {
  const s = t * t * (3 - 2 * t)
  const [a, b] = [offset(from), offset(to)]
  const [near, far] = [length(a), length(b)]
  const way = length(minus(to.target, from.target))
  // So far back in the middle that both ends can be seen on the way.
  const rise = Math.max(way - (near + far) / 2, 0) * 0.6
  const distance = Math.exp(mix(Math.log(near), Math.log(far), s)) + 4 * s * (1 - s) * rise
  const direction = unit(mixed(unit(a), unit(b), s))
  const target = mixed(from.target, to.target, s)
  return { eye: add(target, direction, distance), target }
}

/** Round the target, by angles in radians; never over the pole. */
export function orbited(pose: Pose, right: number, up: number): Pose {
  const [x, y, z] = offset(pose)
  const distance = length([x, y, z])
  const azimuth = Math.atan2(x, z) + right
  const polar = Math.min(Math.max(Math.asin(y / distance) + up, -1.5), 1.5)
  const flat = Math.cos(polar) * distance
  const eye: Vec3 = [flat * Math.sin(azimuth), Math.sin(polar) * distance, flat * Math.cos(azimuth)]
  return { eye: add(pose.target, eye, 1), target: pose.target }
}

/** Nearer (below 1) or further from the target. */
export function dollied(pose: Pose, factor: number): Pose {
  return { eye: add(pose.target, offset(pose), factor), target: pose.target }
}

/** Sideways and upwards, by shares of the distance. */
export function panned(pose: Pose, right: number, up: number): Pose {
  const back = offset(pose)
  const distance = length(back)
  const side = unit([back[2], 0, -back[0]])
  const over = unit(cross(back, side))
  const way = add(scaled(side, right * distance), over, up * distance)
  return { eye: add(pose.eye, way, 1), target: add(pose.target, way, 1) }
}

export function distanceOf(pose: Pose): number {
  return length(offset(pose))
}

const offset = ({ eye, target }: Pose): Vec3 => minus(eye, target)
const minus = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
const scaled = (a: Vec3, by: number): Vec3 => [a[0] * by, a[1] * by, a[2] * by]
const add = (a: Vec3, b: Vec3, by: number): Vec3 => [a[0] + by * b[0], a[1] + by * b[1], a[2] + by * b[2]]
const length = (a: Vec3): number => Math.hypot(...a)
const mix = (a: number, b: number, s: number): number => a + (b - a) * s
const mixed = (a: Vec3, b: Vec3, s: number): Vec3 => [mix(a[0], b[0], s), mix(a[1], b[1], s), mix(a[2], b[2], s)]
const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const cross = (a: Vec3, b: Vec3): Vec3 => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]

function unit(a: Vec3): Vec3 {
  const size = Math.hypot(...a)
  return size ? [a[0] / size, a[1] / size, a[2] / size] : [0, 0, 1]
}
