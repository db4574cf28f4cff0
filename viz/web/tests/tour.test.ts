import { describe, expect, it } from "vitest"
import { fragment, parse } from "../src/walkthrough/link"
import { along, placeIn, stepsOf, usualTour } from "../src/walkthrough/tour"
import { around, FIRST, opens, reduce, type View } from "../src/walkthrough/view"
import { manifest } from "./walkthrough"

const trace = manifest()
const short = stepsOf(trace, "short")
const names = short.map((step) => trace.stages[trace.steps[step]!.stage]!.name)
const view = (more: Partial<View>): View => ({ ...FIRST, tour: "short", ...more })

describe("the short tour", () => {
  it("shows what other chapters read, of the first block, and where the next one begins", () => {
    expect(names).toEqual([
      "tokens",
      "embed",
      "blocks.0.attn.q",
      "blocks.0.attn.pattern",
      "blocks.0.resid_post",
      "blocks.1.attn.q",
      "probs",
      "probs",
      "probs",
    ])
    expect(short.slice(-2).map((step) => trace.steps[step]!.show)).toEqual(["predict", "loss"])
  })

  it("is usual where there are many steps", () => {
    expect(usualTour(trace)).toBe("all")
    expect(usualTour({ ...trace, steps: Array(200).fill(trace.steps[0]!) })).toBe("short")
  })

  it("is gone along by keys, by playing, and from a step beside it", () => {
    const [, embed, q, pattern] = short as [number, number, number, number]
    expect(reduce(view({ step: embed }), { do: "by", steps: 1 }, trace).step).toBe(q)
    expect(reduce(view({ step: q + 1 }), { do: "by", steps: 1 }, trace).step).toBe(pattern)
    expect(reduce(view({ step: q + 1 }), { do: "by", steps: -1 }, trace).step).toBe(q)
    expect(reduce(view({ step: q, playing: true }), { do: "beat" }, trace).step).toBe(pattern)
    expect(reduce(view({ step: short.at(-2)!, playing: true }), { do: "beat" }, trace).playing).toBe(false)
    expect(reduce(view({ step: 0 }), { do: "by", steps: Infinity }, trace).step).toBe(short.at(-1))
    expect(along(short, pattern, -100)).toBe(0)
    expect(placeIn(short, q + 1)).toBe(2)
  })

  it("asks ahead for its own next steps", () => {
    expect(around(view({ step: short[2]! }), trace)).toEqual([short[3], short[4], short[1]])
    expect(around(view({ step: 0 }), trace)).toEqual([short[1], short[2]])
  })

  it("opens a chapter at the first step that it shows", () => {
    expect(short.map((step) => opens(view({ step }), trace))).toEqual(short.map(() => true))
    expect(opens(view({ step: short[2]! + 1, tour: "all" }), trace)).toBe(false)
  })

  it("goes by chapters that it has", () => {
    const first = (by: 1 | -1, step: number) => reduce(view({ step }), { do: "chapter", by }, trace).step
    expect(first(1, short[4]!)).toBe(short[5])
    expect(first(1, short[5]!)).toBe(short[6])
    expect(first(-1, short[6]!)).toBe(short[5])
  })

  it("is in the link where it is not the usual one", () => {
    expect(fragment(view({}), trace)).toBe("stage=tokens&tour=short")
    expect(fragment(view({ tour: "all" }), trace)).toBe("stage=tokens")
    expect(parse("stage=tokens&tour=short", trace)!.tour).toBe("short")
    expect(parse("stage=tokens&tour=long", trace)!.tour).toBeNull()
  })
})
