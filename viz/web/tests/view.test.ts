import { describe, expect, it } from "vitest"
import { fits } from "../src/walkthrough/places"
import {
  type Action,
  FIRST,
  fitting,
  headOf,
  keep,
  LONGEST_TRAIL,
  reduce,
  stageNow,
  tokenOf,
  type View,
} from "../src/walkthrough/view"
import { manifest } from "./walkthrough"

const trace = manifest()
const after = (...actions: Action[]): View => actions.reduce((view, action) => reduce(view, action, trace), FIRST)
const stage = (view: View) => stageNow(view, trace).name
const Q0 = { name: "blocks.0.attn.q", index: [1, 1, 2] }
const PATTERN1 = { name: "blocks.1.attn.pattern", index: [1, 3, 2] }

describe("steps", () => {
  it("go on and back, and stop at both ends", () => {
    expect(stage(after({ do: "by", steps: 1 }))).toBe("embed")
    expect(after({ do: "by", steps: -1 })).toBe(FIRST)
    const end = after({ do: "by", steps: Infinity })
    expect(end.step).toBe(trace.steps.length - 1)
    expect(reduce(end, { do: "by", steps: 1 }, trace)).toBe(end)
    expect(reduce(end, { do: "by", steps: -Infinity }, trace).step).toBe(0)
    expect(after({ do: "step", step: Number.NaN })).toBe(FIRST)
  })

  it("go to a stage, and pin a cell of it", () => {
    const view = after({ do: "stage", name: Q0.name, index: Q0.index })
    expect(stage(view)).toBe(Q0.name)
    expect(view.pin).toEqual(Q0)
    expect(after({ do: "stage", name: "nothing" })).toBe(FIRST)
    expect(after({ do: "stage", name: Q0.name, index: [9, 9, 9] }).pin).toBeNull()
  })

  it("go by chapters", () => {
    const third = after({ do: "chapter", by: 1 }, { do: "chapter", by: 1 })
    expect(stage(third)).toBe("blocks.0.attn.q")
    expect(stage(reduce(third, { do: "chapter", by: -1 }, trace))).toBe("embed")
    expect(after({ do: "by", steps: Infinity }, { do: "chapter", by: 1 }).step).toBe(trace.steps.length - 1)
  })

  it("go to the same stage of another block, and take the pin along", () => {
    const pinned = after({ do: "stage", name: Q0.name, index: Q0.index }, { do: "layer-by", by: 1 })
    expect(stage(pinned)).toBe("blocks.1.attn.q")
    expect(pinned.pin).toEqual({ name: "blocks.1.attn.q", index: Q0.index })
    expect(reduce(pinned, { do: "layer-by", by: 1 }, trace)).toBe(pinned)
    expect(stage(reduce(pinned, { do: "layer", layer: 0 }, trace))).toBe("blocks.0.attn.q")
    expect(after({ do: "layer-by", by: 1 })).toBe(FIRST)
  })
})

describe("head and token", () => {
  const atQ = after({ do: "stage", name: Q0.name })

  it("turn through all and none", () => {
    const seen = []
    let view = atQ
    for (let i = 0; i < 4; i++) {
      seen.push(headOf(view, trace))
      view = reduce(view, { do: "head-by", by: 1 }, trace)
    }
    expect(seen).toEqual([null, 0, 1, null])
    expect(tokenOf(reduce(atQ, { do: "token-by", by: -1 }, trace), trace)).toBe(3)
  })

  it("stay while stepping; a key head is shared by its queries", () => {
    const chosen = reduce(reduce(atQ, { do: "head", head: 1 }, trace), { do: "token", token: 3 }, trace)
    const keys = reduce(chosen, { do: "by", steps: 1 }, trace)
    expect([headOf(keys, trace), tokenOf(keys, trace)]).toEqual([0, 3])
    const stream = reduce(keys, { do: "by", steps: 2 }, trace)
    expect([headOf(stream, trace), tokenOf(stream, trace)]).toEqual([null, 3])
    expect(headOf(reduce(stream, { do: "by", steps: 1 }, trace), trace)).toBe(1)
  })

  it("move the pinned cell, and follow it", () => {
    const pinned = reduce(atQ, { do: "pin", cell: Q0 }, trace)
    expect(reduce(pinned, { do: "head", head: 0 }, trace).pin).toEqual({ ...Q0, index: [1, 0, 2] })
    expect(reduce(pinned, { do: "token", token: 3 }, trace).pin).toEqual({ ...Q0, index: [3, 1, 2] })
    const chosen = reduce(atQ, { do: "head", head: 0 }, trace)
    expect(reduce(chosen, { do: "pin", cell: Q0 }, trace).head).toBe(1)
    expect(reduce(atQ, { do: "pin", cell: Q0 }, trace).head).toBeNull()
  })
})

describe("pin and trail", () => {
  it("pins what exists, and nothing else", () => {
    expect(after({ do: "pin", cell: { name: "tokens", index: [4] } })).toBe(FIRST)
    expect(after({ do: "pin", cell: { name: "__proto__", index: [] } })).toBe(FIRST)
    expect(after({ do: "pin", cell: { name: "W_E", index: [2, 5] } }).pin?.name).toBe("W_E")
    expect(after({ do: "unpin" })).toBe(FIRST)
    const pinned = after({ do: "stage", name: Q0.name, index: Q0.index })
    expect(reduce(pinned, { do: "unpin" }, trace).pin).toBeNull()
    expect(reduce(pinned, { do: "by", steps: 1 }, trace).pin).toBeNull()
  })

  it("grows a step at a time, and leads back", () => {
    const token = { name: "tokens", index: [1] }
    const view = after(
      { do: "stage", name: PATTERN1.name },
      { do: "into", from: PATTERN1, cell: Q0 },
      { do: "into", from: Q0, cell: token },
    )
    expect([stage(view), view.pin, view.trail]).toEqual(["tokens", token, [PATTERN1, Q0]])
    const back = reduce(view, { do: "back", to: 0 }, trace)
    expect([stage(back), back.pin, back.trail]).toEqual([PATTERN1.name, PATTERN1, []])
    // Into a cell where one has been already: back to it.
    expect(reduce(view, { do: "into", from: token, cell: Q0 }, trace).trail).toEqual([PATTERN1])
    expect(reduce(view, { do: "back", to: 7 }, trace)).toBe(view)
  })

  it("keeps to the page for a weight, and never grows without end", () => {
    const weight = { name: "W_E", index: [0, 0] }
    const embed = { name: "embed", index: [0, 0] }
    const view = after({ do: "stage", name: "embed" }, { do: "into", from: embed, cell: weight })
    expect([stage(view), view.pin]).toEqual(["embed", weight])
    let long = FIRST
    for (let i = 0; i < 4 * 6; i++) {
      const from = { name: "embed", index: [i % 4, Math.floor(i / 4)] }
      const cell = { name: "embed", index: [(i + 1) % 4, Math.floor((i + 1) / 4) % 6] }
      long = reduce(long, { do: "into", from, cell }, trace)
      expect(long.trail.length).toBeLessThanOrEqual(LONGEST_TRAIL)
    }
  })
})

describe("playing", () => {
  it("stops at the end, and does not begin there", () => {
    const end = after({ do: "by", steps: Infinity })
    expect(reduce(end, { do: "play", on: true }, trace)).toBe(end)
    const before = reduce(reduce(end, { do: "by", steps: -2 }, trace), { do: "play", on: true }, trace)
    const beat = reduce(before, { do: "beat" }, trace)
    expect([before.playing, beat.playing, beat.step]).toEqual([true, true, trace.steps.length - 2])
    expect(reduce(beat, { do: "beat" }, trace)).toMatchObject({ playing: false, step: trace.steps.length - 1 })
  })
})

describe("another trace", () => {
  it("keeps the stage and what fits", () => {
    const small = manifest()
    const q = small.stages.find(({ name }) => name === Q0.name)!
    q.shape = [2, 2, 3]
    const view = after({ do: "stage", name: Q0.name, index: [3, 1, 2] }, { do: "head", head: 1 })
    const kept = keep(view, trace, small)
    expect([stage(kept), kept.pin, kept.head]).toEqual([Q0.name, null, 1])
    const other = manifest()
    other.stages = other.stages.map((one) => (one.name === Q0.name ? { ...one, name: "other" } : one))
    expect(keep(view, trace, other)).toMatchObject({ step: 0, pin: null })
    const loss = after({ do: "by", steps: Infinity })
    expect(keep(loss, trace, manifest()).step).toBe(loss.step)
  })
})

/** A generator of repeatable chance (mulberry32). */
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

describe("any walk through any trace", () => {
  it.each([1, 2, 3, 4, 5])("stays inside it (%i)", (seed) => {
    const below = chance(seed)
    const some = manifest()
    for (const one of some.stages) one.shape = one.shape.map(() => 1 + below(5))
    const names = [...some.stages.map(({ name }) => name), "W_E", "gone"]
    const cell = () => ({ name: names[below(names.length)]!, index: [below(4), below(4), below(4)].slice(below(3)) })
    const by = () => (below(2) ? 1 : -1) as 1 | -1
    const kinds: (() => Action)[] = [
      () => ({ do: "by", steps: below(5) - 2 }),
      () => ({ do: "step", step: below(40) - 10 }),
      () => ({ do: "stage", name: cell().name, index: cell().index }),
      () => ({ do: "chapter", by: by() }),
      () => ({ do: "layer", layer: below(4) }),
      () => ({ do: "layer-by", by: by() }),
      () => ({ do: "head", head: below(6) }),
      () => ({ do: "head-by", by: by() }),
      () => ({ do: "token", token: below(6) }),
      () => ({ do: "token-by", by: by() }),
      () => ({ do: "pin", cell: cell() }),
      () => ({ do: "unpin" }),
      () => ({ do: "into", from: cell(), cell: cell() }),
      () => ({ do: "back", to: below(4) }),
      () => ({ do: "play", on: below(2) === 0 }),
      () => ({ do: "beat" }),
    ]
    let view = FIRST
    for (let i = 0; i < 400; i++) {
      view = reduce(view, kinds[below(kinds.length)]!(), some)
      expect(some.steps[view.step]).toBeDefined()
      expect(view.pin === null || fits(some, view.pin)).toBe(true)
      expect(view.trail.every((one) => fits(some, one))).toBe(true)
      expect(view.trail.length).toBeLessThanOrEqual(LONGEST_TRAIL)
      expect(fitting(view, some)).toEqual(view)
      const { shape } = stageNow(view, some)
      expect(headOf(view, some) ?? 0).toBeLessThan(Math.max(...shape))
    }
  })
})

describe("grouped heads", () => {
  const stages = trace.stages.map((one) =>
    /attn\.pattern/.test(one.name) ? { ...one, shape: [6, 4, 4] } : /attn\.k/.test(one.name) ? { ...one, shape: [4, 3, 3] } : one,
  )
  const grouped = { ...trace, stages }

  it("shows the key head that was chosen, and goes on to a query head that shares it", () => {
    for (const head of [0, 1, 2]) {
      const view = reduce(reduce(FIRST, { do: "stage", name: "blocks.0.attn.k" }, grouped), { do: "head", head }, grouped)
      expect(headOf(view, grouped)).toBe(head)
      expect(headOf(reduce(view, { do: "stage", name: "blocks.0.attn.pattern" }, grouped), grouped)).toBe(2 * head)
      const next = reduce(view, { do: "head-by", by: 1 }, grouped)
      expect(headOf(next, grouped)).toBe(head < 2 ? head + 1 : null)
    }
  })
})
