import { describe, expect, it } from "vitest"
import { floorsOf } from "../src/scene/floors"
import type { SceneBlock, Vec3 } from "../src/scene/types"
import type { Manifest, StageInfo } from "../src/walkthrough/types"

function block(name: string, corner: Vec3, floor: number, role: SceneBlock["role"] = "value"): SceneBlock {
  return { name, role, axes: ["position", "d_model"], shape: [6, 8], corner, size: [8, 6, 1], steps: [[0, -1, 0], [1, 0, 0]], floor, side: "" } // prettier-ignore
}

const stage = (name: string, place: string, layer?: number, side = "") => ({ name, place, layer, side }) as StageInfo
const ui = { block: "Block {n}" }

describe("what the rows are called", () => {
  const places = { embedding: "input", attention: "attention", mlp: "MLP", output: "output", decoder: "decoder" }
  const blocks = [
    block("W_E", [0, 12, 0], 0, "weight"),
    block("tokens", [0, 0, 0], 0),
    block("resid_pre", [0, -10, 0], 1),
    block("ln1", [20, -30, 0], 1),
    block("q", [40, -30, 0], 1),
    block("resid_mid", [0, -60, 0], 2),
    block("pre", [20, -80, 0], 2),
    block("resid_post", [0, -110, 0], 3),
    block("ln_final", [20, -130, 0], 3),
    block("logits", [40, -130, 0], 3),
  ]
  const stages = [
    stage("tokens", "embedding"), stage("resid_pre", "stream", 0), stage("ln1", "norm", 0), stage("q", "attention", 0),
    stage("resid_mid", "stream", 0), stage("pre", "mlp", 0), stage("resid_post", "stream", 0), stage("ln_final", "norm"),
    stage("logits", "output"),
  ] // prettier-ignore
  const manifest = { stages, places, ui } as unknown as Manifest

  it("is what is computed there, norms and the stream aside", () => {
    const found = floorsOf(manifest, blocks)
    expect(found.map(({ title }) => title)).toEqual(["Input", "Block 0 · attention", "Block 0 · MLP", "Output"])
    expect([...found[1]!.names]).toEqual(["resid_pre", "ln1", "q"])
  })

  it("stands to the left of the stream, on the height of what is computed", () => {
    const [, attention] = floorsOf(manifest, blocks)
    expect(attention!.left).toBe(true)
    expect(attention!.at[0]).toBeLessThan(0)
    expect(attention!.at[1]).toBe(-33)
  })

  it("stands to the right where attention to another stack takes the left, and names the stack", () => {
    const across = [block("resid", [60, 0, 0], 1), block("cross", [20, -20, 0], 1)]
    const told = { ...manifest, stages: [stage("resid", "stream", 0, "decoder"), stage("cross", "attention", 0, "decoder")] }
    const [one] = floorsOf(told, across)
    expect(one).toMatchObject({ title: "Decoder · Block 0 · attention", left: false })
    expect(one!.at[0]).toBeGreaterThan(68)
  })

  it("is nothing where there is nothing but the stream", () => {
    expect(floorsOf({ ...manifest, stages: [stage("resid_pre", "stream", 0)] }, [blocks[2]!])[0]!.title).toBe("")
  })
})
