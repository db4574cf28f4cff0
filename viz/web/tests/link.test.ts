import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Link } from "../src/fragment"
import { GREEDY } from "../src/walkthrough/how"
import { fragment, howOf, parse } from "../src/walkthrough/link"
import { FIRST, reduce, type View } from "../src/walkthrough/view"
import { manifest } from "./walkthrough"

const trace = manifest()
const PATTERN = { name: "blocks.1.attn.pattern", index: [1, 3, 2] }
const at = (name: string): View => reduce(FIRST, { do: "stage", name }, trace)

describe("the fragment", () => {
  it("names the stage and nothing that is as usual", () => {
    expect(fragment(FIRST, trace)).toBe("stage=tokens")
    expect(fragment({ ...FIRST, playing: true, pace: 8, guesses: false }, trace)).toBe("stage=tokens")
  })

  it("holds a whole view", () => {
    const view: View = {
      ...at(PATTERN.name),
      head: 1,
      token: 3,
      pin: PATTERN,
      trail: [{ name: "probs", index: [3, 2] }],
      range: "full",
    }
    const text = fragment(view, trace)
    expect(text).toBe(
      "stage=blocks.1.attn.pattern&head=1&token=3&cell=blocks.1.attn.pattern:1,3,2&trail=probs:3,2&range=full",
    )
    expect({ ...FIRST, ...parse(`#${text}`, trace) }).toEqual(view)
  })

  it("leads back to every step", () => {
    trace.steps.forEach((_, step) => {
      expect(parse(fragment({ ...FIRST, step }, trace), trace)!.step).toBe(step)
    })
  })

  it.each([
    "",
    "#",
    "stage=",
    "stage=nothing",
    "stage=__proto__",
    "stage=%E0%A4%A",
    "head=1",
  ])("says nothing where it names no stage: %s", (text) => {
    expect(parse(text, trace)).toBeNull()
  })

  it.each([
    "cell=blocks.1.attn.pattern:1,3,9",
    "cell=blocks.1.attn.pattern:1,3",
    "cell=blocks.1.attn.pattern:-1,3,2",
    "cell=blocks.1.attn.pattern:1e0,3,2",
    "cell=constructor:0",
    "cell=",
    "head=two&token=-1&show=x&range=wide&trail=probs:0,0",
    "head=1.5&token=0x1",
  ])("drops what does not fit: %s", (text) => {
    expect(parse(`stage=probs&${text}`, trace)).toEqual({
      step: at("probs").step,
      head: null,
      token: null,
      pin: null,
      trail: [],
      range: "robust",
      space: false,
      tour: null,
      which: null,
    })
  })

  it("drops a trail with a gap, and keeps the cell", () => {
    const parsed = parse("stage=probs&cell=probs:0,0&trail=probs:1,1;gone:0;probs:2,2", trace)!
    expect([parsed.pin, parsed.trail]).toEqual([{ name: "probs", index: [0, 0] }, []])
  })
})

describe("how a token is chosen", () => {
  const how = { ...GREEDY, repetition_penalty: "1.30", temperature: "0.8", top_k: "40", min_p: "0.05", seed: "7" }

  it("stands in the fragment, and can be read from it", () => {
    const text = fragment(FIRST, trace, how)
    expect(text).toBe("stage=tokens&how=repetition_penalty:1.3,temperature:0.8,top_k:40,min_p:0.05,seed:7")
    expect(howOf(`#${text}`)).toEqual({ ...how, repetition_penalty: "1.3" })
  })

  it("is left out where it is as usual, or cannot be", () => {
    expect(fragment(FIRST, trace, GREEDY)).toBe("stage=tokens")
    expect(fragment(FIRST, trace, { ...GREEDY, temperature: "-1", top_p: "7", min_p: " " })).toBe("stage=tokens")
  })

  it.each(["", "how=", "how=temperature", "how=temperature:x,top_k:2.5,top_p:0,min_p:2", "how=__proto__:1", "how=beams:4,seed:0x1,:"])(
    "is as usual where a link says nothing that can be: %s",
    (text) => expect(howOf(text)).toEqual(GREEDY),
  )
})

describe("the address bar", () => {
  let now = 0
  beforeEach(() => {
    vi.spyOn(performance, "now").mockImplementation(() => now)
    history.replaceState(null, "", "/walkthrough?model=sort")
  })
  afterEach(() => vi.restoreAllMocks())

  it("has one entry a move, and one for moves in a rush", () => {
    const link = new Link(() => {})
    const before = history.length
    now = 1000
    link.write("stage=a", "push")
    now = 1050
    link.write("stage=b", "push")
    expect(history.length).toBe(before + 1)
    now = 2000
    link.write("stage=c", "push")
    link.write("stage=c", "push")
    link.write("stage=d", "replace")
    expect(history.length).toBe(before + 2)
    expect(location.href).toContain("/walkthrough?model=sort#stage=d")
    link.dispose()
  })

  it("tells of back and forward, on this page only, until it is gone", () => {
    const moved = vi.fn()
    const link = new Link(moved)
    history.replaceState(null, "", "#stage=b")
    dispatchEvent(new PopStateEvent("popstate"))
    expect(moved).toHaveBeenCalledWith("#stage=b")
    history.replaceState(null, "", "/models")
    dispatchEvent(new PopStateEvent("popstate"))
    link.write("stage=c", "push")
    expect(location.hash).toBe("")
    history.replaceState(null, "", "/walkthrough")
    link.dispose()
    dispatchEvent(new PopStateEvent("popstate"))
    expect(moved).toHaveBeenCalledTimes(1)
  })
})
