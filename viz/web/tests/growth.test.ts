/** A token more: the flight, the rows that are new and cached, the eye that keeps its place, and who is told what. */
import { beforeEach, describe, expect, it, vi } from "vitest"
import { growing, moved, newPlace, type News, shifted, withCached } from "../src/scene/growth"
import { Herald } from "../src/scene/herald"
import { MOMENT } from "../src/scene/growth"
import type { SceneBlock } from "../src/scene/types"
import type { Source } from "../src/walkthrough/data"
import { flight } from "../src/walkthrough/flight"
import { GREEDY, outside } from "../src/walkthrough/how"
import type { Choice, Grown, Manifest } from "../src/walkthrough/types"
import { akin, asked, grownBy, PAUSE, Writing } from "../src/walkthrough/writing"
import { manifest as made } from "./walkthrough"

function block(name: string, axes: string[], shape: number[], more: Partial<SceneBlock> = {}): SceneBlock {
  // The last axis to the right, the one before it down, others into the depth; one alone goes down.
  const across = axes.length - 1 || -1
  const down = axes.length > 1 ? axes.findIndex((axis) => axis === "position" || axis === "query") : 0
  const steps = axes.map((_, i): [number, number, number] => (i === across ? [1, 0, 0] : i === down ? [0, -1, 0] : [0, 0, 2]))
  const size: [number, number, number] = [across < 0 ? 1 : shape[across]!, shape[down]!, 1]
  return { name, role: "value", axes, shape, corner: [0, 0, 0], size, steps, floor: 0, side: "", ...more }
}

const K = block("blocks.0.attn.k", ["position", "kv_head", "d_head"], [5, 2, 3])
const PATTERN = block("blocks.0.attn.pattern", ["head", "query", "key"], [2, 5, 5])
const SCALE = block("ln.scale", ["position"], [5], { role: "aggregate" })
const WEIGHT = block("W_K", ["kv_head", "d_model", "d_head"], [2, 6, 3], { role: "weight" })
const BLOCKS = [SCALE, K, PATTERN, WEIGHT]
const KEPT: Grown = { side: "", first: 4, kept: { [K.name]: 4 }, changed: {}, apart: 0 }
const NEWS: News = { first: 4, side: "", kept: KEPT }

describe("a flight", () => {
  it("leads from one point to the other, above the straight way, and never back", () => {
    const way = flight({ x: 10, y: 200 }, { x: 310, y: 60 })
    expect(way[0]).toEqual({ x: 10, y: 200 })
    expect(way.at(-1)).toEqual({ x: 310, y: 60 })
    for (let i = 1; i < way.length; i++) expect(way[i]!.x).toBeGreaterThan(way[i - 1]!.x)
    for (const { x, y } of way.slice(1, -1)) expect(y).toBeLessThan(200 - ((x - 10) * 140) / 300)
  })

  it("stays where it is between one point and itself", () => {
    for (const point of flight({ x: 5, y: 5 }, { x: 5, y: 5 })) expect(point).toEqual({ x: 5, y: 5 })
  })
})

describe("the blocks of an input that grew", () => {
  it("have a new row where their rows are tokens, and weights have none", () => {
    expect(BLOCKS.map((one) => newPlace(one, NEWS))).toEqual([{ row: 4 }, { row: 4 }, { row: 4 }, null])
    expect(newPlace(K, { ...NEWS, first: 5 })).toBeNull()
    expect(newPlace(K, { ...NEWS, side: "decoder" })).toBeNull()
    const across = { ...K, name: "decoder.blocks.0.cross_attn.k", side: "decoder" }
    expect(newPlace(across, { ...NEWS, side: "decoder" })).toBeNull()
  })

  it("get it from the input to the output; until then its cells are not there", () => {
    const { marks, states } = growing(BLOCKS, { ...NEWS, kept: null }, 0.4)
    expect(marks.get(SCALE.name)).toEqual({ row: 4 })
    expect(marks.get(K.name)).toEqual({ row: 4 })
    expect(marks.get(PATTERN.name)).toEqual({ row: 4, shown: 4 * 5 })
    expect(states.has(WEIGHT.name)).toBe(false)
    for (const mark of growing(BLOCKS, NEWS, 1).marks.values()) expect(mark.shown).toBeUndefined()
    for (const name of [SCALE.name, PATTERN.name]) expect(growing(BLOCKS, NEWS, 0).marks.get(name)!.shown).toBeGreaterThan(0)
  })

  it("are framed where their rows are cached, unless they are looked at", () => {
    const light = growing(BLOCKS, NEWS, 1)
    expect(light.states.get(K.name)).toBe(5)
    expect(light.marks.get(K.name)).toEqual({ row: 4 })
    const looked = withCached({ states: new Map([[K.name, 3]]), marks: new Map() }, NEWS)
    expect(looked.states.get(K.name)).toBe(3)
    const other = withCached({ states: new Map([[PATTERN.name, 3]]), marks: new Map() }, NEWS)
    expect([other.states.get(K.name), other.states.get(PATTERN.name)]).toEqual([5, 3])
    const nothing = withCached({ states: new Map(), marks: new Map() }, { ...NEWS, kept: { ...KEPT, kept: {}, changed: { [K.name]: 1 } } })
    expect(nothing.states.size).toBe(0)
  })

  it("take the eye along, so that it sees the same block from the same side", () => {
    const before = { ...K, corner: [10, -20, -3] as [number, number, number] }
    const after = { ...K, corner: [12, -25, -4] as [number, number, number] }
    expect(moved(before, after)).toEqual([2, -5, 1])
    const pose = { eye: [1, 2, 30] as [number, number, number], target: [0, 0, 0] as [number, number, number] }
    expect(shifted(pose, [2, -5, 1])).toEqual({ eye: [3, -3, 31], target: [2, -5, 1] })
    expect(moved(undefined, after)).toEqual([0, 0, 0])
  })

  it("stand out for a moment only", () => {
    vi.useFakeTimers()
    const herald = new Herald(() => true, () => {})
    const usual = { states: new Map([[SCALE.name, 3 as const]]), marks: new Map() }
    expect(herald.light(BLOCKS, usual)).toBe(usual)
    herald.tell(NEWS, true)
    expect(herald.light(BLOCKS, usual)!.states.get(PATTERN.name)).toBe(1)
    vi.advanceTimersByTime(MOMENT + 1)
    expect(herald.light(BLOCKS, usual)!.states.get(PATTERN.name)).toBeUndefined()
    expect(herald.light(BLOCKS, usual)!.states.get(K.name)).toBe(5)
    herald.tell({ ...NEWS, kept: KEPT }, true) // the same token: no second moment
    expect(herald.speaks).toBe(false)
    herald.tell(null, true)
    expect(herald.light(BLOCKS, usual)).toBe(usual)
    vi.useRealTimers()
  })
})

function trace(ids: number[], more: Partial<Manifest> = {}): Manifest {
  const base = made(ids.map((id) => "ABC"[id]!))
  base.sides[0]!.ids = ids
  const writing = { side: "" as const, written: ids.slice(4), state: "ready" as const, longest: 9 }
  return { ...base, trace: `trace ${ids.join()}`, writing, ...more }
}

describe("writing", () => {
  const choice: Choice = {
    stage: "probs", position: 3, drawn: 2, piece: "C", stop: false, greedy: true,
    filters: [{ name: "model", kept: 3 }], rows: [{ id: 2, piece: "C", probs: [1] }],
  } // prettier-ignore
  let now: { manifest: Manifest; source: Source }
  let told: number[][]
  let asking: ReturnType<typeof vi.fn>
  let writing: Writing

  beforeEach(() => {
    told = []
    asking = vi.fn(async () => choice)
    const source = { next: asking, grown: async () => KEPT } as unknown as Source
    now = { manifest: trace([0, 1, 0, 2]), source }
    writing = new Writing(() => now)
    writing.tell = ({ written }) => void told.push(written)
  })

  function answer(after: Manifest): void {
    const before = now.manifest
    now = { ...now, manifest: after }
    writing.loaded(before, after, now.source)
  }

  it("tells all that is written, and shows what came of it", async () => {
    writing.spot = () => ({ x: 1, y: 2 })
    await writing.next()
    expect(told).toEqual([[2]])
    await writing.next() // still at work: not twice
    expect(told).toHaveLength(1)
    answer(trace([0, 1, 0, 2, 2]))
    expect(writing.state.value.growth).toMatchObject({ first: 4, piece: "C", from: { x: 1, y: 2 }, kept: null })
    await vi.waitFor(() => expect(writing.state.value.growth!.kept).toEqual(KEPT))
    expect(writing.state.value.waiting).toBe(false)
    writing.back()
    expect(told.at(-1)).toEqual([])
    answer(trace([0, 1, 0, 2]))
    expect(writing.state.value.growth).toBeNull()
  })

  it("asks with the person's settings and the number of tokens before", () => {
    expect(asked(GREEDY, trace([0, 1, 0, 2, 1, 1]))).toEqual({ temperature: "0", seed: "0", draws: "2" })
    const how = { ...GREEDY, temperature: "0.8", top_k: " ", top_p: "0.9", min_p: "0.05", repetition_penalty: "1.2", seed: "7" }
    const wanted = { temperature: "0.8", top_p: "0.9", min_p: "0.05", repetition_penalty: "1.2", seed: "7", draws: "0" }
    expect(asked(how, trace([0, 1, 0, 2]))).toEqual(wanted)
  })

  it.each([
    [{ temperature: "-1" }, "temperature"],
    [{ temperature: "" }, "temperature"],
    [{ top_k: "0" }, "top_k"],
    [{ top_k: "2.5" }, "top_k"],
    [{ top_p: "7" }, "top_p"],
    [{ seed: "x" }, "seed"],
    [{ min_p: "1.01" }, "min_p"],
    [{ min_p: "-0.1" }, "min_p"],
    [{ repetition_penalty: "0" }, "repetition_penalty"],
    [{ repetition_penalty: "1.3", min_p: "0" }, undefined],
    [{ temperature: "0.8", top_k: "40", top_p: " ", seed: "3" }, undefined],
  ])("asks nothing with settings out of range: %o", async (some, name) => {
    writing.setHow(some)
    expect(outside(writing.state.value.how)?.name).toBe(name)
    await writing.next()
    expect(asking).toHaveBeenCalledTimes(name === undefined ? 1 : 0)
  })

  it("writes on until it is stopped, within a step", async () => {
    vi.useFakeTimers()
    writing.on()
    await vi.advanceTimersByTimeAsync(1)
    expect(told).toEqual([[2]])
    answer(trace([0, 1, 0, 2, 2], { writing: { ...trace([0]).writing!, written: [2], state: "ready" } }))
    await vi.advanceTimersByTimeAsync(PAUSE + 1)
    expect(told).toEqual([[2], [2, 2]])
    writing.stop()
    answer(trace([0, 1, 0, 2, 2, 2]))
    await vi.advanceTimersByTimeAsync(3 * PAUSE)
    expect(told).toHaveLength(2)
    expect(writing.state.value).toMatchObject({ running: false, waiting: false })
    vi.useRealTimers()
  })

  it.each([
    ["no more room", { state: "full" as const }, choice],
    ["the end of the text", { state: "ended" as const, end: "C" }, { ...choice, stop: true }],
  ])("ends at %s", async (_, more, answered) => {
    vi.useFakeTimers()
    asking.mockImplementation(async () => answered)
    writing.on()
    await vi.advanceTimersByTimeAsync(1)
    const after = trace([0, 1, 0, 2, 2])
    answer({ ...after, writing: { ...after.writing!, ...more } })
    await vi.advanceTimersByTimeAsync(2 * PAUSE)
    expect([told.length, writing.state.value.running]).toEqual([1, false])
    vi.useRealTimers()
  })

  it("waits while a pass is on its way, and ends where it cannot be made", async () => {
    writing.on()
    await vi.waitFor(() => expect(told).toHaveLength(1))
    const busy = { ...now.manifest, writing: { ...now.manifest.writing!, state: "busy" as const } }
    answer(busy)
    expect(writing.state.value).toMatchObject({ running: true, waiting: true })
    answer(trace([0, 1, 0, 2]))
    expect(writing.state.value).toMatchObject({ running: false, waiting: false, growth: null })
  })

  it("stops between two tokens where a comparison begins", async () => {
    vi.useFakeTimers()
    writing.on()
    await vi.advanceTimersByTimeAsync(1)
    answer(trace([0, 1, 0, 2, 2]))
    answer({ ...now.manifest }) // the same pass, told of anew
    await vi.advanceTimersByTimeAsync(3 * PAUSE)
    expect([told.length, writing.state.value.running]).toEqual([1, false])
    vi.useRealTimers()
  })

  it("says what went wrong, and can be tried again", async () => {
    asking.mockRejectedValueOnce(new Error("top_p and repetition_penalty must be larger than 0."))
    writing.on()
    await vi.waitFor(() => expect(writing.state.value.problem).toContain("larger than 0"))
    expect(writing.state.value).toMatchObject({ running: false, waiting: false })
    await writing.next()
    expect([told, writing.state.value.problem]).toEqual([[[2]], ""])
  })

  it.each(["full", "ended"] as const)("writes nothing behind an input that is %s, and takes back what it wrote", async (state) => {
    const ended = trace([0, 1, 0, 2, 1])
    now = { ...now, manifest: { ...ended, writing: { ...ended.writing!, state, end: "B" } } }
    await writing.next()
    writing.on()
    expect([asking.mock.calls.length, writing.state.value.running]).toEqual([0, false])
    writing.back()
    expect(told).toEqual([[]])
    answer(trace([0, 1, 0, 2]))
    await writing.next()
    expect(told).toEqual([[], [2]])
  })

  it("writes nothing where nobody listens", async () => {
    writing.tell = null
    await writing.next()
    expect(asking).not.toHaveBeenCalled()
  })

  it("knows an input that grew from any other", () => {
    const before = trace([0, 1, 0, 2])
    expect(grownBy(before, trace([0, 1, 0, 2, 2]))).toEqual({ first: 4, id: 2, piece: "C" })
    expect(grownBy(before, trace([0, 1, 0, 2, 2, 2]))).toBeNull()
    expect(grownBy(before, trace([1, 1, 0, 2, 2]))).toBeNull()
    const other = trace([0, 1, 0, 2, 2])
    expect(grownBy(before, { ...other, model: { ...other.model, weights: "random" } })).toBeNull()
    expect(akin(trace([0, 1, 0, 2, 2]), before)).toBe(true)
    expect(akin(before, trace([2, 1, 0, 2, 2]))).toBe(false)
  })
})
