import { describe, expect, it } from "vitest"
import { flowsOf, type Piece } from "../src/scene/flows"
import { boundsOf } from "../src/scene/slabs"
import type { SceneBlock, Vec3 } from "../src/scene/types"

/** The middle of the depth. */
const Z = -0.5

function block(name: string, corner: Vec3, size: Vec3, floor: number, role: SceneBlock["role"] = "value"): SceneBlock {
  return { name, role, axes: ["position", "d_model"], shape: [size[1], size[0]], corner, size, steps: [[0, -1, 0], [1, 0, 0]], floor, side: "" } // prettier-ignore
}

// A page as viz/scene.py lays it out: the stream at the left, what is computed of it to the right, the sum below.
const pre = block("blocks.0.resid_pre", [0, 0, 0], [8, 6, 1], 1)
const norm = block("blocks.0.ln1.normalized", [16, -20, 0], [8, 6, 1], 1)
const q = block("blocks.0.attn.q", [30, -20, -5], [4, 6, 11], 1)
const k = block("blocks.0.attn.k", [40, -20, -5], [4, 6, 11], 1)
const weight = block("blocks.0.attn.W_Q", [30, -10, -5], [4, 8, 11], 1, "weight")
const out = block("blocks.0.attn_out", [60, -20, 0], [8, 6, 1], 1)
const mid = block("blocks.0.resid_mid", [0, -40, 0], [8, 6, 1], 2)
const all = [pre, norm, weight, q, k, out, mid]
const reads = new Map([
  [norm.name, [pre.name]],
  [q.name, [norm.name]],
  [k.name, [norm.name]],
  [out.name, [k.name]],
  [mid.name, [pre.name, out.name]],
])
const into = (name: string): Piece[] => flowsOf(all, reads).filter((piece) => piece.into === name)

/** Along how many axes a piece runs. */
const turns = ({ from, to }: Piece) => from.filter((x, d) => x !== to[d]).length

describe("what flows where", () => {
  it("runs along the axes, each way in one go, with one head at its end, on the edge of the block that reads", () => {
    for (const piece of flowsOf(all, reads)) {
      expect(turns(piece)).toBe(1)
      if (!piece.head) continue
      const { min, max } = boundsOf(all.find(({ name }) => name === piece.into)!)
      const [x, y] = piece.to
      expect(x >= min[0] && x <= max[0] && y >= min[1] && y <= max[1]).toBe(true)
      expect(x === min[0] || x === max[0] || y === min[1] || y === max[1]).toBe(true)
    }
  })

  it("draws the stream straight down, and each sum takes up what was computed beside it", () => {
    const [straight, ...around] = into(mid.name)
    expect(straight).toEqual({ from: [4, -6, Z], to: [4, -40, Z], head: true, stream: true, into: mid.name })
    expect(around.map(({ from, to }) => [from, to])).toEqual([
      [[64, -26, Z], [64, -43, Z]],
      [[64, -43, Z], [8, -43, Z]],
    ])
    expect(around.map(({ head }) => head)).toEqual([false, true])
  })

  it("branches off the stream, and passes below what stands between", () => {
    expect(into(norm.name)).toEqual([{ from: [4, -23, Z], to: [16, -23, Z], head: true, stream: false, into: norm.name }])
    expect(into(q.name)).toHaveLength(1)
    const under = into(k.name)
    expect(under).toHaveLength(3)
    expect(under[1]!.from[1]).toBeLessThan(-26)
  })

  it("has no way where nothing is read", () => {
    expect(flowsOf(all, new Map())).toEqual([])
    expect(flowsOf(all, new Map([[q.name, [q.name, "unknown", weight.name]]]))).toEqual([])
  })

  it("passes over the half unit between the middles of one slab and of an even number", () => {
    const pair = block("blocks.0.attn.q", [30, -20, -3], [4, 6, 6], 1)
    const found = flowsOf([pre, norm, pair], new Map([[pair.name, [norm.name]]]))
    expect(found.map(({ to }) => to[0])).toEqual([pair.corner[0]])
  })

  it("leads into the lane of every expert, along it, and out again to the sum", () => {
    const names = (step: string) => [0, 1].map((e) => `blocks.0.moe.experts.${e}.${step}`)
    const lanes = [-4, 3] // depth of the corners
    const column = (step: string, x: number) => names(step).map((name, e) => block(name, [x, -20, lanes[e]!], [8, 6, 1], 1))
    const [chosen, weights] = [block("blocks.0.moe.chosen", [30, -20, 0], [2, 6, 1], 1), block("blocks.0.moe.weights", [36, -20, 0], [2, 6, 1], 1)]
    const [taken, hidden, answers] = [column("in", 50), column("post", 62), column("out", 74)]
    const sum = block("blocks.0.mlp_out", [90, -20, 0], [8, 6, 1], 1)
    const there = [norm, chosen, weights, ...taken, ...hidden, ...answers, sum]
    const expert = new Map([0, 1].flatMap((e): [string, string[]][] => [
      [taken[e]!.name, [norm.name, chosen.name]],
      [hidden[e]!.name, [taken[e]!.name]],
      [answers[e]!.name, [hidden[e]!.name]],
    ])) // prettier-ignore
    const found = flowsOf(there, new Map([...expert, [sum.name, [weights.name, ...names("out")]]]))
    const depth = (e: number) => (boundsOf(taken[e]!).min[2] + boundsOf(taken[e]!).max[2]) / 2
    for (const e of [0, 1]) {
      const heads = (name: string) => found.filter(({ head, into }) => head && into === name)
      const [, post, out] = [taken[e]!, hidden[e]!, answers[e]!]
      expect(heads(taken[e]!.name).map(({ to }) => to[2])).toEqual([depth(e), depth(e)])
      expect(heads(post.name).map(({ from, to }) => [from, to])).toEqual([[[58, -23, depth(e)], [62, -23, depth(e)]]])
      expect(found.filter(({ into }) => into === out.name)).toHaveLength(1)
      // Out of the lane in the gap before the sum.
      const back = found.filter(({ into, from }) => into === sum.name && from[2] === depth(e))
      expect(back.map(({ from, to }) => [from, to])).toEqual([
        [[82, -23, depth(e)], [86, -23, depth(e)]],
        [[86, -23, depth(e)], [86, -23, Z]],
      ])
    }
    // The weights pass below the experts, in the middle of the depth.
    const below = found.filter(({ into, from, to }) => into === sum.name && Math.min(from[1], to[1]) < -26)
    expect(below.map(({ from }) => from[2])).toEqual([Z, Z, Z])
    for (const piece of found) expect(turns(piece)).toBe(1)
  })
})
