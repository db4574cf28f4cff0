import { describe, expect, it } from "vitest"
import { fit } from "../src/walkthrough/picture/fit"
import { multiples } from "../src/walkthrough/picture/heads"
import { type Plan, plan } from "../src/walkthrough/picture/layout"
import type { Manifest } from "../src/walkthrough/types"
import networks from "./stages.json"

type Network = keyof typeof networks
const manifest = (name: Network) => networks[name] as unknown as Manifest
const drawing = (network: Network, stage: string, head: number | null = null) => {
  const whole = manifest(network)
  return plan(whole, whole.stages.find(({ name }) => name === stage)!, head)
}
const looks = ({ operands }: Plan) =>
  operands.map(({ name, role, sign }) => `${sign}${sign && " "}${name.replace(/^(\w+\.)?blocks\.0\./, "")}: ${role}`)

describe("plan", () => {
  it("puts a linear map's input left and its weight above, head by head", () => {
    const found = drawing("positional=learned", "blocks.0.attn.q", 2)
    expect(looks(found)).toEqual(["ln1.normalized: left", "attn.W_Q: top", "+ attn.b_Q: row"])
    expect(found.operands.map(({ fixed }) => fixed)).toEqual([{}, { head: 2 }, { head: 2 }])
    expect(found.operands[0]!.cols!.group).toBe(found.operands[1]!.rows!.group)
    expect(found.stack).toEqual({ axis: "head", count: 4, shown: 2 })
    expect(found.cross).toBe(true)
  })

  it("lets queries meet keys", () => {
    const { operands, output } = drawing("positional=learned", "blocks.0.attn.qk")
    expect(operands.map(({ role }) => role)).toEqual(["left", "top", "scalar"])
    expect(operands[1]).toMatchObject({ rows: { axis: "d_head", group: "k:d_head" }, cols: { axis: "position", group: "c" } })
    expect([output.rows!.axis, output.cols!.axis]).toEqual(["query", "key"])
  })

  it("sums values over the pattern's keys", () => {
    const { operands } = drawing("positional=learned", "blocks.0.attn.z", 1)
    expect(operands[0]).toMatchObject({ role: "left", rows: { axis: "query", group: "r" }, cols: { axis: "key", group: "k:key" } })
    expect(operands[1]).toMatchObject({ role: "top", rows: { axis: "position", group: "k:key" }, cols: { axis: "d_head" } })
  })

  it("cuts a picture by its rows and columns, one channel at a time, and multiplies patches as it does tokens", () => {
    const { operands } = drawing("pictures", "patches")
    expect(operands[0]).toMatchObject({ role: "other", rows: { axis: "row" }, cols: { axis: "column" }, fixed: { channel: 0 } })
    expect(looks(drawing("pictures", "patch_embed"))).toEqual(["patches: left", "W_patch: top", "+ b_patch: row"])
    expect(drawing("pictures", "patch_embed").output.rows).toMatchObject({ tokens: "patches" })
  })

  it("shows the key head that a group of heads shares", () => {
    expect(drawing("attention=grouped_query", "blocks.0.attn.qk", 3).operands[1]!.fixed).toEqual({ kv_head: 1 })
  })

  it("adds what has the output's shape, head after head where heads are summed", () => {
    expect(looks(drawing("parallel, capped", "blocks.0.resid_post"))).toEqual([
      "resid_pre: same", "+ attn_out: same", "+ mlp_out: same",
    ]) // prettier-ignore
    const { operands } = drawing("positional=learned", "blocks.0.attn_out")
    expect(operands.map(({ fixed, sign }) => [sign, fixed.head])).toEqual([
      ["", 0], ["+", 1], ["+", 2], ["+", 3], ["+", undefined],
    ]) // prettier-ignore
  })

  it("shows norms with their column and row vectors", () => {
    expect(looks(drawing("positional=learned", "blocks.0.ln1.standardized"))).toEqual([
      "resid_pre: same", "− ln1.mean: column", "÷ ln1.scale: column",
    ]) // prettier-ignore
    expect(looks(drawing("positional=learned", "blocks.0.ln1.normalized"))).toEqual([
      "ln1.standardized: same", "× ln1.w: row", "+ ln1.b: row",
    ]) // prettier-ignore
    expect(looks(drawing("positional=learned", "blocks.0.ln1.mean"))).toEqual(["resid_pre: left"])
  })

  it("shows a softmax, an activation and a product with what they are made of", () => {
    expect(looks(drawing("positional=alibi", "blocks.0.attn.pattern"))).toEqual(["attn.attn_scores: same"])
    expect(looks(drawing("positional=alibi", "blocks.0.attn.attn_scores"))).toEqual(["attn.qk: same", "+ attn.bias: same"])
    expect(looks(drawing("experts", "blocks.0.moe.experts.1.post")).every((one) => one.endsWith("same"))).toBe(true)
  })

  it("shows of a table only the rows that the input uses, where it has more", () => {
    const { operands } = drawing("positional=learned", "embed")
    expect(operands.map(({ role }) => role)).toEqual(["column", "top"])
    expect(operands[1]!.rows).toMatchObject({ count: 4, places: [1, 2, 3, 4] })
  })

  it("draws only one tensor where a stage is the same as another", () => {
    expect(drawing("positional=learned", "blocks.0.resid_pre").operands).toEqual([])
  })

  it("tells the axis that goes into a square weight from the one that comes out", () => {
    const { operands } = drawing("head=pooler", "pooler.dense")
    expect(operands[1]).toMatchObject({ role: "top", rows: { axis: "d_model" }, cols: { axis: "d_model_out", group: "c" } })
  })

  it("labels the keys of cross-attention with the source's tokens", () => {
    const { output, operands } = drawing("encoder-decoder, t5", "decoder.blocks.0.cross_attn.qk")
    expect([output.rows!.tokens, output.cols!.tokens]).toEqual(["decoder", "encoder"])
    expect(operands[1]!.cols!.tokens).toBe("encoder")
    expect(output.cols!.count).toBe(4)
  })

  it("leaves out experts that no token chose, and says so", () => {
    const empty = manifest("experts").stages.find(({ name, shape }) => name.endsWith(".in") && shape[0] === 0)!
    expect(drawing("experts", empty.name).output.rows!.count).toBe(0)
    expect(drawing("experts", "blocks.0.mlp_out").left_out.every((name) => name.includes("experts"))).toBe(true)
  })
})

describe("every stage of every architecture", () => {
  for (const name of Object.keys(networks) as Network[]) {
    it(`can be laid out in any room: ${name}`, () => {
      for (const stage of manifest(name).stages) {
        for (const room of [{ width: 300, height: 340 }, { width: 640, height: 420 }, { width: 2000, height: 800 }]) {
          const found = plan(manifest(name), stage, null)
          const sizes = fit(found, room)
          for (const one of [found.output, ...found.operands]) {
            expect(new Set([one.rows, one.cols].filter(Boolean)).size).toBe([one.rows, one.cols].filter(Boolean).length)
            if (one.role === "scalar") continue
            const frame = sizes.frames.get(one)!
            expect(frame.width).toBeGreaterThan(0)
            expect(frame.left + frame.width).toBeLessThanOrEqual(room.width)
            for (const line of [one.rows, one.cols]) if (line) expect(sizes.cells.get(line.group)).toBeGreaterThan(0)
          }
          for (const { frame } of [multiples(found, room)].flatMap((many) => many ?? [])) expect(frame.width).toBeLessThan(room.width)
        }
      }
    })
  }

  it("reads nothing that is neither drawn nor named", () => {
    for (const name of Object.keys(networks) as Network[]) {
      for (const stage of manifest(name).stages) {
        if (stage.same_as) continue
        const { operands, left_out } = plan(manifest(name), stage, null)
        const shown = new Set([...operands.map((one) => one.name), ...left_out])
        expect([...stage.reads, ...stage.weights].filter((one) => !shown.has(one))).toEqual([])
      }
    }
  })
})
