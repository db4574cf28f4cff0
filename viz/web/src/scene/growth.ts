/** The input grew by a token: which rows are new, which are cached, and how the eye keeps its place. Pure. */
import type { Grown } from "../walkthrough/types"
import type { Mark } from "./boxes"
import type { State } from "./instances"
import type { Light } from "./light"
import type { Pose } from "./poses"
import { flat } from "./slabs"
import type { SceneBlock, Vec3 } from "./types"

/** Milliseconds in which the new rows come, from the input to the output; and for which all else then stands aside. */
export const WAVE = 1600
export const MOMENT = 2000

/** Of a growth: the position of the new token, the stack that grew, and what stayed as far as it is known. */
export interface News {
  first: number
  side: string
  kept: Grown | null
}

/** Where the new token stands in a block: its row or its column; null in one that has no place for it. */
export function newPlace(block: SceneBlock, { first, side }: News): { row: number } | { col: number } | null {
  // Keys and values of cross-attention belong to the source.
  const source = /\.cross_attn\.(?:k|v|k_norm|rot_k)\b/.test(block.name)
  if (block.role === "weight" || block.side !== side || source) return null
  const axis = block.axes.findIndex((name) => name === "position" || name === "query")
  if (axis < 0 || block.shape[axis]! <= first) return null
  const { row, col } = flat(block)
  return axis === row ? { row: first } : axis === col ? { col: first } : null
}

/** The moment after: new rows come from the input to the output as `share` goes from 0 to 1; the rest stands aside. */
export function growing(blocks: readonly SceneBlock[], news: News, share: number): Light {
  const states = new Map<string, State>()
  const marks = new Map<string, Mark>()
  const grown = blocks.filter((block) => newPlace(block, news))
  grown.forEach((block, order) => {
    const place = newPlace(block, news)!
    states.set(block.name, 1)
    const there = share >= 1 || order < share * grown.length
    const hidden = !there && "row" in place ? { shown: place.row * block.size[0] } : {}
    marks.set(block.name, { ...place, ...hidden })
  })
  return withCached({ states, marks }, news)
}

/** Rows of keys and values that are the same numbers as before are framed, unless their block is looked at. */
export function withCached({ states, marks }: Light, { kept }: News): Light {
  const out: Light = { states: new Map(states), marks: new Map(marks) }
  for (const [name, rows] of Object.entries(kept?.kept ?? {})) {
    if ((states.get(name) ?? 0) > 1) continue
    out.states.set(name, 5)
    out.marks.set(name, { ...(marks.get(name)?.shown === undefined ? {} : { shown: marks.get(name)!.shown! }), row: rows })
  }
  return out
}

/** How far a block has moved: the eye goes along, so that what is looked at stays where it is on the screen. */
export function moved(before: SceneBlock | undefined, after: SceneBlock | undefined): Vec3 {
  if (!before || !after) return [0, 0, 0]
  const [x, y, z] = before.corner
  // Depth runs away from the eye.
  return [after.corner[0] - x, after.corner[1] - y, z - after.corner[2]]
}

export function shifted({ eye, target }: Pose, by: Vec3): Pose {
  const add = (a: Vec3): Vec3 => [a[0] + by[0], a[1] + by[1], a[2] + by[2]]
  return { eye: add(eye), target: add(target) }
}
