/** What Python sends of the scene: `viz/routes/space.py`, `viz/faces.py`. */
import type { Kind } from "../decode"

export type Vec3 = [x: number, y: number, z: number]

export interface SceneBlock {
  name: string
  role: "weight" | "value" | "aggregate"
  axes: string[]
  shape: number[]
  /** Left, upper, front corner. x runs right, y up, z into the depth. */
  corner: Vec3
  /** It spans to the right, down and into the depth. */
  size: Vec3
  /** By axis, the way from one cell to the next. */
  steps: Vec3[]
  floor: number
  side: string
}

export interface SceneInfo {
  blocks: SceneBlock[]
  /** Name of a stage -> the block that is this very tensor. */
  same: Record<string, string>
  size: Vec3
  /** Networks that can be set beside it, by their keys. */
  layouts?: Record<string, string>
  /** Of a network that is not here: its name, and the numbers in its weights by part. */
  title?: string
  parameters?: Record<string, number>
}

/** Patches of one tensor, a byte each: 0 is hidden; else 1 to 255 as in `viz/faces.py`. */
export interface Face {
  name: string
  kind: Kind
  slabs: number
  rows: number
  cols: number
  bins: [rows: number, cols: number]
  most: number
  /** Every cell is 0. */
  zero?: boolean
  patches: Uint8Array
}
