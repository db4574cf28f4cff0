/** What a picture to keep tells of itself, and what rows and columns are called. */
import { describe, expect, it } from "vitest"
import { calledBy } from "../src/scene/called"
import { captionOf } from "../src/scene/lettering"
import { Network } from "../src/scene/network"
import type { SceneInfo, Vec3 } from "../src/scene/types"
import type { Manifest, StageInfo } from "../src/walkthrough/types"
import { scores } from "./blocks"
import { manifest } from "./walkthrough"

const stage = { title: "Scores", shape: [3, 6, 6], side: "" } as StageInfo
const made = manifest()
const side = made.sides[0]!

describe("words in the scene", () => {
  it("say of a picture which model, which step, and which tokens it was", () => {
    const [first, second] = captionOf(made, stage)
    expect(first).toBe(`${made.model.title} · Scores (3 × 6 × 6)`)
    expect(second).toBe(side.pieces.join(" "))
    expect(captionOf(made, stage, "Other: head 2 set to 0")).toEqual([first, "Other: head 2 set to 0", second])
    const long: Manifest = { ...made, sides: [{ ...side, pieces: Array(100).fill("abc") }] }
    expect([...captionOf(long, stage)[1]!].length).toBe(72)
    const patches = { rows: 2, columns: 2, first: 0, names: [], width: 1, height: 1 } as never
    expect(captionOf({ ...made, sides: [{ ...side, patches }] }, stage)).toEqual([first])
  })

  it("name rows and columns by their tokens, of the manifest that is asked about", () => {
    const called = calledBy(made, scores)
    expect(called[0]).toBeNull()
    expect(called[1]!(0)).toContain(side.pieces[0])
    expect(calledBy(made, scores)).toBe(called)
    const other: Manifest = { ...made, sides: [{ ...side, pieces: side.pieces.map(() => "x") }] }
    expect(calledBy(other, scores)[2]!(1)).toContain("x")
  })
})

describe("a tensor with several names", () => {
  const info = { blocks: [{ ...scores, name: "real" }, scores], same: { again: "real", first: "qk" }, size: [1, 1, 1] as [number, number, number] }
  const network = new Network(made, info as SceneInfo)
  const step = { name: "again", title: "Again", reads: ["first"] } as StageInfo

  it("is called as the step calls it, which also gives the title", () => {
    const [real, qk] = network.blocks
    expect(network.nameIn(step, real!)).toBe("again")
    expect(network.nameIn(step, qk!)).toBe("first")
    expect(network.nameIn({ ...step, name: "other", reads: [] }, real!)).toBe("real")
    // Where the two have their axes in another order, so has the cell: a tied weight is the transpose.
    const table = { ...scores, name: "W_E", axes: ["d_vocab", "d_model"], shape: [3, 6], steps: [[0, -1, 0], [1, 0, 0]] as Vec3[], role: "weight" as const } // prettier-ignore
    const tied = new Network(
      { ...made, weights: { ...made.weights, W_U: { ...made.weights.W_E!, axes: ["d_model", "d_vocab"], shape: [6, 3] } } },
      { ...info, blocks: [table], same: { W_U: "W_E" } } as unknown as SceneInfo,
    )
    expect(tied.own({ name: "W_U", index: [5, 2] })).toEqual({ name: "W_E", index: [2, 5] })
    expect(tied.cell({ name: "W_U", index: [5, 2] })?.place).toEqual({ slab: 0, row: 2, col: 5 })
    expect(tied.own({ name: "W_E", index: [2, 5] })).toEqual({ name: "W_E", index: [2, 5] })
    const embed = { ...info, blocks: [{ ...scores, name: "embed" }], same: { probs: "embed" } }
    const renamed = new Network(made, embed as SceneInfo)
    const probs = made.stages.find(({ name }) => name === "probs")!
    expect(renamed.title(renamed.blocks[0]!, probs)).toBe("Title of probs")
    expect(renamed.title(renamed.blocks[0]!, made.stages[0]!)).toBe("Title of embed")
  })
})
