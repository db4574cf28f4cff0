import { describe, expect, it } from "vitest"
import { columns, parts, rail, stepAt } from "../src/walkthrough/layout"
import type { Manifest } from "../src/walkthrough/types"
import { stepsOf } from "../src/walkthrough/tour"
import { manifest } from "./walkthrough"

/** An encoder of two chapters, a decoder of two, and the look at its predictions, which belongs to neither. */
function pair(): Manifest {
  const made = manifest()
  const of = (side: "" | "encoder" | "decoder", first: number, last: number, layer?: number) => {
    return { key: "norm", title: "Norm", side, first, last, ...(layer === undefined ? {} : { layer }) }
  }
  const [one] = made.sides
  made.sides = [
    { ...one!, name: "encoder", title: "Encoder" },
    { ...one!, name: "decoder", title: "Decoder" },
  ]
  made.chapters = [
    of("encoder", 0, 0),
    of("encoder", 1, 4, 0),
    of("decoder", 5, 5),
    of("encoder", 6, 6, 0),
    of("decoder", 7, 10, 0),
    of("", 11, 12),
  ]
  return made
}

describe("the map", () => {
  it("has a part a block, and one before and after", () => {
    expect(parts(manifest()).map(({ layer, chapters }) => [layer, chapters.length])).toEqual([
      [undefined, 2],
      [0, 3],
      [1, 3],
      [undefined, 3],
    ])
  })

  it("has a column a stack, whatever the order of computing", () => {
    const found = columns(pair()).map(({ side, parts: own }) => [side, own.map(({ chapters }) => chapters)])
    expect(found).toEqual([
      ["encoder", [[0], [1, 3]]],
      ["decoder", [[2], [4], [5]]],
    ])
  })
})

describe("the rail", () => {
  const trace = manifest()
  const laid = rail(trace, stepsOf(trace, "all"))

  it("fills its width, in order and without overlap", () => {
    expect(laid.segments[0]!.left).toBe(0)
    const last = laid.segments.at(-1)!
    expect(last.left + last.width).toBeCloseTo(100)
    laid.segments.slice(1).forEach(({ left }, i) => {
      expect(left).toBeGreaterThanOrEqual(laid.segments[i]!.left + laid.segments[i]!.width - 1e-9)
    })
    expect(laid.steps.size).toBe(trace.steps.length)
  })

  it("finds every step again by its place", () => {
    laid.steps.forEach((middle, step) => expect(stepAt(laid, middle)).toBe(step))
    expect([stepAt(laid, -5), stepAt(laid, 200)]).toEqual([0, trace.steps.length - 1])
  })
})
