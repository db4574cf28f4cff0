import { render } from "preact"
import { act } from "preact/test-utils"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { engine } from "../src/walkthrough/maths"
import { Code } from "../src/walkthrough/panes/code"
import { Formula } from "../src/walkthrough/panes/formula"
import { Tokens } from "../src/walkthrough/panes/tokens"
import { Words } from "../src/walkthrough/panes/words"
import { Source } from "../src/walkthrough/data"
import { speaker } from "../src/walkthrough/ui"
import { Walk } from "../src/walkthrough/walk"
import { manifest } from "./walkthrough"

const HOSTILE = "<img src=x onerror=alert(1)>"
const trace = manifest([HOSTILE, "<s>", "[CLS]", "\u202eB"])
const say = speaker(trace.ui)
let place: HTMLElement
let walk: Walk

beforeEach(() => {
  history.replaceState(null, "", "/walkthrough")
  place = document.createElement("div")
  document.body.replaceChildren(place)
  walk = new Walk(trace, new Source("http://localhost/", trace))
})
afterEach(() => {
  render(null, place)
  walk.dispose()
})

describe("words", () => {
  const words = (...segments: object[]) => {
    render(<Words paragraphs={[segments as never]} manifest={trace} walk={walk} />, place)
  }

  it("are text, whatever is in them", () => {
    words({ t: HOSTILE }, { t: HOSTILE, ref: "embed" }, { t: "x", ref: "javascript:alert(1)" })
    expect(place.querySelector("img")).toBeNull()
    expect(place.querySelector("a")!.textContent).toBe(HOSTILE)
    expect(place.querySelectorAll("a")).toHaveLength(1)
  })

  it("light a tensor up while pointed at, and lead to it", () => {
    words({ t: "the embedding", ref: "embed" })
    const phrase = place.querySelector("a")!
    phrase.dispatchEvent(new Event("pointerenter"))
    expect(walk.lit.value).toBe("embed")
    phrase.dispatchEvent(new Event("pointerleave"))
    expect(walk.lit.value).toBeNull()
    phrase.click()
    expect(walk.state.value.view.step).toBe(1)
    expect(location.hash).toBe("#stage=embed")
  })

  it("lead from a number to its cell, of a weight too", () => {
    words({ t: "0.5", ref: "probs", index: [3, 2] }, { t: "0.1", ref: "W_E", index: [0, 1] }, { t: "W_E", ref: "W_E" })
    const [first, weight] = place.querySelectorAll("a")
    first!.dispatchEvent(new Event("focus"))
    expect(walk.peek.value).toEqual({ name: "probs", index: [3, 2] })
    first!.click()
    expect(walk.state.value.view.pin).toEqual({ name: "probs", index: [3, 2] })
    weight!.click()
    expect(walk.state.value.view.pin).toEqual({ name: "W_E", index: [0, 1] })
    expect(place.querySelector("span.ref")!.textContent).toBe("W_E")
  })
})

describe("tokens", () => {
  it("are text, and special ones are told apart", () => {
    trace.sides[0]!.special = [1, 2]
    render(<Tokens manifest={trace} walk={walk} say={say} side="" token={1} fresh={null} />, place)
    const chips = [...place.querySelectorAll(".chip")]
    expect(place.querySelector("img")).toBeNull()
    expect(chips.map((chip) => chip.querySelector("bdi")!.textContent)).toEqual(trace.sides[0]!.pieces)
    expect(chips.map((chip) => chip.classList.contains("special"))).toEqual([false, true, true, false])
    expect(chips[1]!.getAttribute("aria-pressed")).toBe("true")
  })
})

describe("a formula", () => {
  it("is its own text until it can be typeset, and where it cannot", async () => {
    act(() => render(<Formula latex="x^2" />, place))
    expect(place.textContent).toBe("x^2")
    await vi.waitFor(() => expect(engine.value).not.toBeNull())
    await vi.waitFor(() => expect(place.querySelector(".katex-display")).not.toBeNull())
    act(() => render(<Formula latex={"\\frac{<img src=x>"} />, place))
    expect(place.textContent).toBe("\\frac{<img src=x>")
    expect(place.querySelector("img")).toBeNull()
  })

  it("is not trusted", () => {
    const latex = "\\href{javascript:alert(1)}{x} \\includegraphics{x.png} \\htmlClass{y}{z}"
    act(() => render(<Formula latex={latex} />, place))
    expect(place.querySelector("a, img, .y")).toBeNull()
  })
})

describe("code", () => {
  it("is coloured and never markup", () => {
    const lines: [number, string][] = [[7, 'def f(): return "<img src=x>"']]
    render(<Code code={[{ path: "model/x.py", function: "f", lines }]} say={say} />, place)
    expect(place.querySelector(".hljs-keyword")!.textContent).toBe("def")
    expect(place.querySelector("img")).toBeNull()
    expect(place.querySelector("code.hljs")!.textContent).toBe(lines[0]![1])
    expect(place.querySelector(".numbers")!.textContent).toBe("7")
  })
})
