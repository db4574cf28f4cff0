import { beforeEach, describe, expect, it } from "vitest"
import { comparing, differenceOf, isDifference, otherOf, startOf, suggested } from "../src/walkthrough/compare"
import type { Compared } from "../src/walkthrough/compared"
import { Source } from "../src/walkthrough/data"
import { sorted } from "../src/walkthrough/panes/changes"
import { Walk } from "../src/walkthrough/walk"
import { manifest } from "./walkthrough"

const mine = manifest()
const Q = "blocks.1.attn.q"
const told = (more: Partial<Compared> = {}): Compared => ({
  kind: "edit", title: "Head 1: set to 0", pair: "other~trace0", manifest: { trace: "other" }, without: [], unlike: [], alike: true, ...more,
}) // prettier-ignore
const nobody: typeof fetch = () => new Promise(() => {})

describe("the manifest of the other pass", () => {
  it("is this one but for what has travelled", () => {
    const other = otherOf(mine, told({ without: ["vocabulary"] }))
    expect([other.trace, other.vocabulary, other.stages]).toEqual(["other", undefined, mine.stages])
  })
})

describe("the manifest of the difference", () => {
  it("has signed stages under the id of both", () => {
    const found = differenceOf(mine, otherOf(mine, told()), told())
    expect(found.trace).toBe("other~trace0")
    expect(new Set(found.stages.map(({ kind }) => kind))).toEqual(new Set(["signed"]))
    expect([isDifference(found), isDifference(mine)]).toEqual([true, false])
  })

  it("reads nothing that has no counterpart", () => {
    const found = differenceOf(mine, mine, told({ unlike: [Q, "W_E"] }))
    const named = (name: string) => found.stages.find((one) => one.name === name)!
    expect(named("blocks.1.attn.pattern").reads).toEqual([])
    expect(named("blocks.0.attn.pattern").reads).toEqual(["blocks.0.attn.q"])
    expect(named("embed").weights).toEqual([])
  })

  it("keeps two names of one tensor only where both passes have it so", () => {
    const same = { ...mine, stages: mine.stages.map((one) => (one.name === Q ? { ...one, same_as: "embed" } : one)) }
    const of = (other: typeof mine) => differenceOf(same, other, told()).stages.find(({ name }) => name === Q)!.same_as
    expect([of(same), of(mine)]).toEqual(["embed", undefined])
  })
})

describe("a walk of two passes", () => {
  beforeEach(() => history.replaceState(null, "", "/"))
  const walk = (more: Partial<Compared> = {}) => {
    const side = { manifest: mine, source: new Source("http://here/", mine, nobody) }
    const compared = comparing("http://here/", side, told(more), nobody)
    return { compared, walk: new Walk(mine, side.source, compared) }
  }

  it("begins with the difference, or with this one where the shapes are others", () => {
    expect(walk().walk.state.value.manifest.trace).toBe("other~trace0")
    expect(startOf(walk({ alike: false }).compared)).toBe("this")
  })

  it("changes sides and writes it into the link", () => {
    const { walk: made } = walk()
    made.dispatch({ do: "stage", name: Q, index: [1, 1, 1] })
    made.dispatch({ do: "which", which: "other" })
    const { manifest: now, view } = made.state.value
    expect([now.trace, view.which, view.pin]).toEqual(["other", "other", { name: Q, index: [1, 1, 1] }])
    expect(location.hash).toContain("compare=other")
    expect(walk().walk.state.value.manifest.trace).toBe("other")
    made.dispatch({ do: "which", which: "this" })
    expect(made.state.value.manifest).toBe(mine)
  })

  it("has no sides once there is nothing to compare with", () => {
    const { walk: made } = walk()
    made.load(mine, new Source("http://here/", mine, nobody))
    expect([made.state.value.view.which, made.state.value.compared]).toEqual([null, null])
    expect(made.dispatch({ do: "which", which: "other" })).toBe(false)
    expect(location.hash).not.toContain("compare")
  })
})

describe("what a cell suggests", () => {
  it("is the cell, its head, its position and its stage, as the link spells them", () => {
    expect(suggested("blocks.1.attn.z", ["position", "head", "d_head"], [5, 2, 6]).map(({ edit }) => edit)).toEqual([
      "edit:zero:blocks.1.attn.z:position=5:head=2:d_head=6",
      "edit:zero:blocks.1.attn.z:head=2",
      "edit:zero:blocks.1.attn.z:position=5",
      "edit:zero:blocks.1.attn.z",
    ])
    expect(suggested("embed", ["position", "d_model"], [0, 1]).map(({ word }) => word)).toEqual(["cell", "position", "stage"])
  })
})

describe("stages by how much they differ", () => {
  const row = (name: string, most: number | string | null) => ({ name, most, relative: most, at: null })
  const rows = [row("a", 0), row("b", null), row("c", 2), row("d", "inf"), row("e", 2)]
  it("come the largest first, those without a counterpart last", () => {
    expect(sorted(rows, "most").map(({ name }) => name).join("")).toBe("dceab")
    expect(sorted(rows, "order").map(({ name }) => name).join("")).toBe("abcde")
  })
})
