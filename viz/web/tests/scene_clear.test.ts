import { describe, expect, it } from "vitest"
import { Boxes } from "../src/scene/boxes"
import { clearOf, NOTHING, slabsSeen } from "../src/scene/clear"
import { focusOf, within } from "../src/scene/focus"
import { GLASS } from "../src/scene/instances"
import type { Step } from "../src/scene/light"
import { type Drawn, drawn } from "../src/scene/lod"
import { pick } from "../src/scene/pick"
import { cellBounds } from "../src/scene/slabs"
import type { SceneBlock, Vec3 } from "../src/scene/types"
import type { StageInfo } from "../src/walkthrough/types"

const heads = (name: string, axis: string, count: number): SceneBlock => ({
  name, role: "value", axes: [axis, "query", "key"], shape: [count, 4, 4], floor: 0, side: "",
  steps: [[0, 0, 5], [0, -1, 0], [1, 0, 0]], corner: [0, 0, -5], size: [4, 4, 5 * count - 4],
}) // prettier-ignore
const expert = (e: number, step: string, depth: number): SceneBlock => ({
  name: `blocks.0.moe.experts.${e}.${step}`, role: "value", axes: ["routed", "d_model"], shape: [3, 4], floor: 0, side: "",
  steps: [[0, -1, 0], [1, 0, 0]], corner: [0, 0, depth], size: [4, 3, 1],
}) // prettier-ignore

const scores = heads("qk", "head", 4)
const keys = heads("k", "kv_head", 2)
const [FRONT, BACK]: Vec3[] = [[2, -2, 100], [2, -2, -100]]
const step = (current: SceneBlock, inputs: SceneBlock[] = []): Step => ({ stage: { op: "dot" } as StageInfo, current, inputs })

describe("what stands before what is looked at", () => {
  it("is the heads before the chosen one, from the front and from behind, and of what is read", () => {
    const clear = clearOf(step(scores, [keys]), { place: 2, heads: 4 })
    expect(slabsSeen(scores, clear, FRONT!)).toEqual([2, 4])
    expect(slabsSeen(scores, clear, BACK!)).toEqual([0, 3])
    expect(slabsSeen(keys, clear, FRONT!)).toEqual([1, 2])
    expect(slabsSeen(heads("other", "head", 4), clear, FRONT!)).toEqual([0, 4])
    expect(slabsSeen(scores, clearOf(step(scores), null), FRONT!)).toEqual([0, 4])
  })

  it("is what hides the cell that is looked at, and those it is made of, where they are in one slab", () => {
    const cell = (block: SceneBlock, slab: number) => ({ block, place: { slab, row: 1, col: 1 } })
    const clear = clearOf(step(scores, [keys]), null, [cell(scores, 3), cell(keys, 1), cell(keys, 1)])
    expect(slabsSeen(scores, clear, FRONT!)).toEqual([3, 4])
    expect(slabsSeen(keys, clear, FRONT!)).toEqual([1, 2])
    const several = clearOf(step(scores, [keys]), null, [cell(scores, 0), cell(keys, 0), cell(keys, 1)])
    expect(slabsSeen(keys, several, FRONT!)).toEqual([0, 2])
    expect(slabsSeen(scores, several, FRONT!)).toEqual([0, 4])
  })

  it("is the other heads of what is read, as long as nobody knows what the cell is made of", () => {
    const cell = { block: scores, place: { slab: 3, row: 1, col: 1 } }
    const clear = clearOf(step(scores, [keys]), null, [cell])
    expect(slabsSeen(scores, clear, FRONT!)).toEqual([3, 4])
    expect(slabsSeen(keys, clear, FRONT!)).toEqual([1, 2])
    const flat = { ...scores, axes: ["expert", "query", "key"] } // no heads
    expect(slabsSeen(keys, clearOf(step(flat, [keys]), null, [{ ...cell, block: flat }]), FRONT!)).toEqual([0, 2])
  })

  it("is the experts before the one at work, of its block alone", () => {
    const clear = clearOf(step(expert(1, "out", 0)), null)
    expect(slabsSeen(expert(0, "W_in", -8), clear, FRONT!)).toEqual([0, 0])
    expect(slabsSeen(expert(2, "W_in", 8), clear, FRONT!)).toEqual([0, 1])
    expect(slabsSeen(expert(0, "W_in", -8), clear, BACK!)).toEqual([0, 1])
    expect(slabsSeen(expert(2, "W_in", 8), clear, BACK!)).toEqual([0, 0])
    expect(slabsSeen(expert(1, "in", 0), clear, FRONT!)).toEqual([0, 1])
    const elsewhere = { ...expert(0, "in", -8), name: "blocks.1.moe.experts.0.in" }
    expect(slabsSeen(elsewhere, clear, FRONT!)).toEqual([0, 1])
    expect(slabsSeen(expert(0, "in", -8), NOTHING, FRONT!)).toEqual([0, 1])
  })

  it("is drawn as frames, and not met by the pointer", () => {
    const eye = { at: FRONT!, scale: 600, sees: () => true }
    const boxes = new Boxes()
    const states = (seen: Drawn[]) => seen.map((one) => boxes.of(one, 100).map(({ state }) => state))
    const experts = drawn([expert(0, "out", -8), expert(1, "out", 0)], eye, clearOf(step(expert(1, "out", 0)), null))
    expect(states(experts)).toEqual([[GLASS], [1]])
    const chosen = drawn([scores], eye, clearOf(step(scores), { place: 2, heads: 4 }))
    expect(states(chosen)).toEqual([[GLASS, GLASS, 1, 1]])
    expect(pick(experts, { from: FRONT!, along: [0, 0, -1] })?.block.name).toBe("blocks.0.moe.experts.1.out")
    expect(pick(chosen, { from: FRONT!, along: [0, 0, -1] })?.place.slab).toBe(2)
    expect(pick(drawn([scores], eye), { from: FRONT!, along: [0, 0, -1] })?.place.slab).toBe(0)
  })
})

describe("the view of a step", () => {
  const wide = { ...expert(0, "post", 0), shape: [3, 1000], size: [1000, 3, 1] as Vec3 }
  const at = (col: number) => ({ slab: 0, row: 1, col })

  it("has the cell that is looked at in its window, wherever it is in a wide block", () => {
    for (const col of [0, 30, 500, 999]) {
      const framed = focusOf(wide, [], false, at(col))
      expect(within(cellBounds(wide, at(col)), framed)).toBe(true)
      expect(framed.max[0] - framed.min[0]).toBeLessThan(300)
    }
    // Of many heads, those about the one that is looked at; of a few, all.
    const deep = { ...scores, shape: [9, 6, 6], size: [6, 6, 145] as Vec3, steps: [[0, 0, 18], [0, -1, 0], [1, 0, 0]] as Vec3[] } // prettier-ignore
    for (const slab of [0, 4, 8]) {
      const framed = focusOf(deep, [], false, { slab, row: 5, col: 5 })
      expect(within(cellBounds(deep, { slab, row: 5, col: 5 }), framed)).toBe(true)
      expect(framed.max[2] - framed.min[2]).toBeLessThan(40)
    }
    expect(focusOf(deep, []).max[2] - focusOf(deep, []).min[2]).toBe(145)
    expect(within(cellBounds(deep, { slab: 0, row: 5, col: 5 }), focusOf(deep, [], false, { slab: 8, row: 5, col: 5 }))).toBe(false)
    expect(focusOf(wide, [])).toEqual(focusOf(wide, [], false, at(0)))
    expect(within(cellBounds(wide, at(500)), focusOf(wide, []))).toBe(false)
  })

  it("shows no empty space towards a weight that stands far above, as a tied one does", () => {
    const logits = { ...expert(0, "post", 0), shape: [6, 3], size: [3, 6, 1] as Vec3 }
    const weight = (up: number) => ({ ...logits, name: "W_U", role: "weight" as const, corner: [0, up, 0] as Vec3 })
    expect(focusOf(logits, [weight(400)])).toEqual(focusOf(logits, []))
    expect(focusOf(logits, [weight(20)]).max[1]).toBeGreaterThan(focusOf(logits, []).max[1])
  })
})
