import { describe, expect, it } from "vitest"
import { flowsOf, type Piece } from "../src/scene/flows"
import { boundsOf } from "../src/scene/slabs"
import type { SceneBlock, Vec3 } from "../src/scene/types"

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

describe("what flows where", () => {
  it("runs along the axes, each way in one go, with one head at its end, on the edge of the block that reads", () => {
    for (const piece of flowsOf(all, reads)) {
      expect(piece.from[0] === piece.to[0] || piece.from[1] === piece.to[1]).toBe(true)
      if (!piece.head) continue
      const { min, max } = boundsOf(all.find(({ name }) => name === piece.into)!)
      const [x, y] = piece.to
      expect(x >= min[0] && x <= max[0] && y >= min[1] && y <= max[1]).toBe(true)
      expect(x === min[0] || x === max[0] || y === min[1] || y === max[1]).toBe(true)
    }
  })

  it("draws the stream straight down, and each sum takes up what was computed beside it", () => {
    const [straight, ...around] = into(mid.name)
    expect(straight).toEqual({ from: [4, -6], to: [4, -40], head: true, stream: true, into: mid.name })
    expect(around.map(({ from, to }) => [from, to])).toEqual([
      [[64, -26], [64, -43]],
      [[64, -43], [8, -43]],
    ])
    expect(around.map(({ head }) => head)).toEqual([false, true])
  })

  it("branches off the stream, and passes below what stands between", () => {
    expect(into(norm.name)).toEqual([{ from: [4, -23], to: [16, -23], head: true, stream: false, into: norm.name }])
    expect(into(q.name)).toHaveLength(1)
    const under = into(k.name)
    expect(under).toHaveLength(3)
    expect(under[1]!.from[1]).toBeLessThan(-26)
  })

  it("has no way where nothing is read", () => {
    expect(flowsOf(all, new Map())).toEqual([])
    expect(flowsOf(all, new Map([[q.name, [q.name, "unknown", weight.name]]]))).toEqual([])
  })
})
