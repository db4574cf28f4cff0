/** What is lit while a step is computed, and what moves. */
import { describe, expect, it } from "vitest"
import type { Mark } from "../src/scene/boxes"
import { lightOf, type Step } from "../src/scene/light"
import { type Glide, glides, LEAD, merges } from "../src/scene/merge"
import { isThere, partBounds, partsOf, progressOf, shownOf, reachedCell, working } from "../src/scene/order"
import { boundsOf } from "../src/scene/slabs"
import { beatAt, cellAt, DONE, GONE, HOLD, LENGTH, shareOf, SWEEP } from "../src/scene/sweep"
import type { Vec3 } from "../src/scene/types"
import { atWork, marksOf, slabOfHead } from "../src/scene/work"
import type { Manifest, StageInfo } from "../src/walkthrough/types"
import { block, k, q, scores, weight } from "./blocks"

describe("the computation, shown", () => {
  it("goes cell by cell, then all at once, and rests", () => {
    expect(beatAt(-1)).toEqual({ lead: 1, share: 0, flash: 0, together: false })
    expect(beatAt(SWEEP / 2)).toEqual({ lead: 1, share: 0.5, flash: 0, together: false })
    expect(beatAt(SWEEP)).toEqual(DONE)
    // Gone again, then all of it in one frame.
    expect(beatAt(SWEEP + HOLD)).toMatchObject({ share: 0, flash: 0, together: true })
    const once = beatAt(SWEEP + HOLD + GONE)
    expect([once.share, once.together]).toEqual([1, true])
    expect(once.flash).toBeGreaterThan(0.5)
    expect(beatAt(LENGTH)).toEqual(DONE)
    expect(shareOf(3, 12)).toBe(0.25)
    expect(shareOf(13, 12)).toBe(1)
    expect([0, 0.01, 0.5, 1].map((share) => cellAt(share, 10))).toEqual([-1, 0, 4, 9])
  })

  const manifest = { sides: [{ name: "", ids: [2, 1, 0, 1, 1, 2] }] } as unknown as Manifest
  const stage = (op: string, side = "") => ({ op, side }) as StageInfo

  it("reaches every cell of every count by its share, and steps over none", () => {
    for (let count = 1; count <= 400; count++) {
      for (let cells = 0; cells <= count; cells++) expect(cellAt(shareOf(cells, count), count) + 1).toBe(cells)
    }
    const step: Step = { stage: stage("softmax"), current: { ...scores, size: [6, 49, 11], shape: [3, 49, 6] }, inputs: [] }
    for (let row = 1; row <= 49; row++) {
      const beat = { ...DONE, share: shareOf(row, 49) }
      if (row < 49) expect(shownOf(step, working(step, beat)!, beat)).toEqual({ shown: 6 * (row - 1), filled: 1 })
    }
  })

  it("lights the row of one input and the column of the other", () => {
    const at = { slab: 1, row: 4, col: 2 }
    const marks = atWork(manifest, stage("dot"), scores, at, [q, k], { place: 1, heads: 3 })
    expect(marks.get("q")).toEqual({ slab: 1, row: 4 })
    expect(marks.get("attn.k")).toEqual({ slab: 1, row: 2 })
    expect(marks.get("qk")).toEqual({ slab: 1 })
    const out = block("post", ["position", "d_mlp"], [6, 5], [[0, -1, 0], [1, 0, 0]], [0, 0, 0], [5, 6, 1])
    const input = block("x", ["position", "d_model"], [6, 8], [[0, -1, 0], [1, 0, 0]], [0, 0, 0], [8, 6, 1])
    const product = atWork(manifest, stage("dot"), out, { slab: 0, row: 3, col: 4 }, [input, weight])
    expect(product.get("x")).toEqual({ row: 3 })
    expect(product.get("W")).toEqual({ col: 4 })
  })

  it("has all heads at work side by side where none was chosen, and all that are added up", () => {
    const marks = atWork(manifest, stage("dot"), scores, { slab: 0, row: 4, col: 2 }, [q, k])
    expect(marks.get("q")).toEqual({ row: 4 })
    expect(marks.get("attn.k")).toEqual({ row: 2 })
    const result = block("result", ["position", "head", "d_model"], [6, 3, 8], [[0, -1, 0], [0, 0, 5], [1, 0, 0]], [0, 0, 0], [8, 6, 11]) // prettier-ignore
    const out = block("attn_out", ["position", "d_model"], [6, 8], [[0, -1, 0], [1, 0, 0]], [0, 0, 0], [8, 6, 1])
    for (const head of [null, { place: 2, heads: 3 }]) {
      expect(atWork(manifest, stage("sum"), out, { slab: 0, row: 1, col: 7 }, [result], head).get("result")).toEqual({ row: 1, col: 7 })
    }
  })

  it("finds the slab of a chosen head; query heads in a row share a key head", () => {
    const grouped = { ...k, axes: ["position", "kv_head", "d_head"], shape: [6, 2, 4] }
    expect([0, 1, 2, 3].map((place) => slabOfHead(grouped, { place, heads: 4 }))).toEqual([0, 0, 1, 1])
    expect(slabOfHead(q, { place: 2, heads: 3 })).toBe(2)
    expect(slabOfHead(weight, { place: 2, heads: 3 })).toBeNull()
    const step: Step = { stage: stage("dot"), current: scores, inputs: [q, grouped, weight] }
    const rest = lightOf(manifest, step, DONE, [], new Map(), { place: 2, heads: 3 })
    expect(Object.fromEntries(rest.marks)).toEqual({ qk: { slab: 2 }, q: { slab: 2 }, "attn.k": { slab: 1 } })
    expect(working(step, { ...DONE, share: 0.5 }, 2)).toEqual({ slab: 2, row: 2, col: 5 })
    expect(lightOf(manifest, step, DONE, [], new Map()).marks.size).toBe(0)
  })

  it("takes a whole row for a softmax, and the token's row of a table", () => {
    const marks = atWork(manifest, stage("softmax"), scores, { slab: 0, row: 4, col: 2 }, [{ ...scores, name: "before" }])
    expect(marks.get("before")).toEqual({ row: 4 })
    const table = block("W_E", ["d_vocab", "d_model"], [3, 8], [[0, -1, 0], [1, 0, 0]], [0, 0, 0], [8, 3, 1])
    const embed = block("embed", ["position", "d_model"], [6, 8], [[0, -1, 0], [1, 0, 0]], [0, 0, 0], [8, 6, 1])
    expect(atWork(manifest, stage("lookup"), embed, { slab: 0, row: 1, col: 5 }, [table]).get("W_E")).toEqual({ row: 1, col: 5 })
  })

  it("goes through a softmax row by row, each filling as a whole", () => {
    const step: Step = { stage: stage("softmax"), current: scores, inputs: [{ ...scores, name: "before" }] }
    const at = (share: number) => ({ ...DONE, share })
    const head = { place: 1, heads: 3 }
    expect(partsOf(step)).toBe(6)
    expect(progressOf(step, at(0.5))).toEqual({ n: 3, all: 6, rows: true })
    const half = at(2.5 / 6) // the third row is half full
    const place = working(step, half, 1)!
    expect(place).toEqual({ slab: 1, row: 2, col: 2 })
    expect(reachedCell(step, half, 1)?.index).toEqual([1, 2, 2])
    expect(reachedCell(step, DONE, 1)?.index).toEqual([1, 5, 5])
    expect(reachedCell({ ...step, current: { ...scores, axes: ["head", "position", "d_vocab"] } }, half, 1)).toBeNull()
    expect(partBounds(step, place)).toEqual({ min: [30, -23, -1], max: [36, -22, -0] })
    expect(shownOf(step, place, half)).toEqual({ shown: 12, filled: expect.closeTo(0.5) })
    const marks = lightOf(manifest, step, half, [], new Map(), head).marks
    expect(marks.get("qk")).toEqual({ slab: 1, ...shownOf(step, place, half) })
    expect(marks.get("before")).toEqual({ slab: 1, row: 2 })
    const there = (mark: Mark) => [1, 2, 3].map((row) => [0, 5].map((col) => isThere(mark, scores, { slab: 0, row, col })))
    expect(there(shownOf(step, place, half))).toEqual([[true, true], [false, false], [false, false]])
    // A row that was stepped to is whole, and still the one that is framed.
    const whole = at(shareOf(3, 6))
    expect(working(step, whole)).toMatchObject({ row: 2 })
    expect(there(shownOf(step, working(step, whole)!, whole))).toEqual([[true, true], [true, true], [false, false]])
    expect(there({}).flat()).toEqual(Array(6).fill(true))
    const dot = { ...step, stage: stage("dot") }
    expect(progressOf(dot, at(0.5))).toEqual({ n: 18, all: 36, rows: false })
    expect(shownOf(dot, working(dot, at(0.5))!, at(0.5))).toEqual({ shown: 18 })
    expect(lightOf(manifest, dot, at(0.5), [], new Map()).marks.get("qk")).toEqual({ shown: 18 })
    expect(partBounds(dot, { slab: 0, row: 2, col: 5 })).toEqual({ min: [35, -23, 4], max: [36, -22, 5] })
  })

  it("singles out the row or the column that an explanation reads", () => {
    const blocks = new Map([["q", q], ["W", weight]])
    const cells = [0, 1, 2].flatMap((i) => [{ name: "q", index: [4, 1, i] }, { name: "W", index: [i, 3] }])
    const marks = marksOf(cells, blocks)
    expect(marks.get("q")).toEqual({ slab: 1, row: 4 })
    expect(marks.get("W")).toEqual({ slab: 0, col: 3 })
    expect(marksOf([{ name: "other", index: [] }], blocks).size).toBe(0)
  })
})

describe("a sum", () => {
  const stage = (op: string) => ({ op, side: "" }) as StageInfo
  const row: Vec3[] = [[0, -1, 0], [1, 0, 0]]
  const stream = block("resid_pre", ["position", "d_model"], [6, 8], row, [0, 0, 0], [8, 6, 1])
  const branch = { ...stream, name: "attn_out", corner: [60, -20, 0] as Vec3 }
  const sum = { ...stream, name: "resid_mid", corner: [0, -40, 0] as Vec3 }
  const result = block("result", ["position", "head", "d_model"], [6, 3, 8], [[0, -1, 0], [0, 0, 5], [1, 0, 0]], [40, -20, -5], [8, 6, 11]) // prettier-ignore
  const step: Step = { stage: stage("sum"), current: sum, inputs: [stream, branch] }
  const half = { ...DONE, share: 0.5 }
  const top = ({ bounds }: Glide) => bounds.max[1]

  it("merges tensors of one size, or the slabs of one, and nothing else", () => {
    expect(merges(step)).toBe(true)
    expect(merges({ ...step, inputs: [result] })).toBe(true)
    expect(merges({ ...step, inputs: [stream] })).toBe(false)
    expect(merges({ ...step, stage: stage("dot") })).toBe(false)
    expect(merges({ ...step, inputs: [stream, block("mean", ["position"], [6], [[0, -1, 0]], [0, 0, 0], [1, 6, 1])] })).toBe(false)
    const bias = { ...scores, name: "bias" }
    expect(merges({ stage: stage("sum"), current: scores, inputs: [{ ...scores, name: "before" }, bias] })).toBe(true)
    expect(glides({ ...step, inputs: [stream] }, half)).toEqual([])
  })

  it("begins with nothing on its way, and ends with nothing left over", () => {
    expect(glides(step, { ...DONE, share: 0, lead: 0 })).toEqual([])
    expect(glides(step, DONE)).toEqual([])
    expect(glides(step, { ...DONE, together: true })).toEqual([])
  })

  it("has a row of every input before the sum when its first cell is added up, the others behind it", () => {
    const found = glides(step, { ...DONE, share: 2 / 6 })
    const now = found.filter(({ row }) => row === 2)
    expect(now.map(({ block: { name } }) => name)).toEqual(["resid_pre", "attn_out"])
    for (const one of now) {
      expect(one.bounds.min.slice(0, 2)).toEqual([0, -43])
      expect(one.bounds.max.slice(0, 2)).toEqual([8, -42])
      expect(one.bounds.min[2]).toBeGreaterThan(boundsOf(sum).max[2])
    }
    // One before the other, and what comes later is further from the sum.
    expect(now[1]!.bounds.min[2]).toBeGreaterThan(now[0]!.bounds.max[2])
    const later = found.filter(({ row, block: { name } }) => row === 3 && name === "resid_pre")
    expect(later.every((one) => top(one) > -43)).toBe(true)
    expect(found.every(({ row }) => row >= 2)).toBe(true)
  })

  it("takes a row away cell by cell as it merges", () => {
    const merged = (share: number) => glides(step, { ...DONE, share }).filter(({ row }) => row === 3).map((one) => one.merged)
    expect(merged(27 / 48)).toEqual([3, 3])
    expect(merged(31 / 48)).toEqual([7, 7])
    expect(merged(32 / 48)).toEqual([])
  })

  it("brings all heads together, and all rows at once where it runs as it really does", () => {
    const heads = glides({ ...step, inputs: [result] }, half).filter(({ row }) => row === 3)
    expect(heads.map(({ slab }) => slab)).toEqual([0, 1, 2])
    expect(new Set(heads.map(({ bounds }) => bounds.min[0]))).toEqual(new Set([0]))
    const once = glides(step, { lead: 0.5, share: 0, flash: 0, together: true })
    expect(once.map(({ row }) => row).sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
    expect(new Set(once.filter(({ block: { name } }) => name === "attn_out").map((one) => top(one) + one.row)).size).toBe(1)
  })

  it("has time for the first rows before the first cell", () => {
    expect(beatAt(-LEAD, LEAD).lead).toBe(0)
    expect(beatAt(-LEAD / 4, LEAD)).toMatchObject({ lead: 0.75, share: 0 })
    const [early, late] = [0.4, 0.9].map((lead) => glides(step, { ...DONE, share: 0, lead }).find((one) => one.row === 0)!)
    expect(top(early!)).toBeGreaterThan(top(late!))
  })
})
