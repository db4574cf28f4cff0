/** Blocks as viz/scene.py places them: heads into the depth, five units apart. */
import type { SceneBlock, Vec3 } from "../src/scene/types"

export function block(name: string, axes: string[], shape: number[], steps: Vec3[], corner: Vec3, size: Vec3): SceneBlock {
  return { name, role: "value", axes, shape, steps, corner, size, floor: 0, side: "" }
}

export const q = block("q", ["position", "head", "d_head"], [6, 3, 4], [[0, -1, 0], [0, 0, 5], [1, 0, 0]], [10, -20, -5], [4, 6, 11]) // prettier-ignore
export const k = { ...q, name: "attn.k", corner: [20, -20, -5] as Vec3 }
export const scores = block("qk", ["head", "query", "key"], [3, 6, 6], [[0, 0, 5], [0, -1, 0], [1, 0, 0]], [30, -20, -5], [6, 6, 11]) // prettier-ignore
export const weight = block("W", ["d_model", "d_mlp"], [8, 5], [[0, -1, 0], [1, 0, 0]], [40, -5, 0], [5, 8, 1])
