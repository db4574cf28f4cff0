import { act } from "preact/test-utils"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import walkthrough from "../src/components/walkthrough"
import type { Explanation, Manifest } from "../src/walkthrough/types"
import { encode } from "./messages"
import { manifest, page } from "./walkthrough"

let parentElement: HTMLElement
let cleanup: () => void
const ask = vi.fn<(address: string) => Promise<Response>>()

beforeEach(() => {
  localStorage.clear()
  history.replaceState(null, "", "/walkthrough?model=sort")
  parentElement = document.createElement("div")
  document.body.replaceChildren(parentElement)
  ask.mockReset().mockImplementation(async (address) => new Response(JSON.stringify(answer(new URL(address)))))
  vi.stubGlobal("fetch", ask)
})
afterEach(() => {
  history.replaceState(null, "", "/elsewhere")
  act(() => cleanup())
})

function answer({ pathname, searchParams }: URL): unknown {
  const name = searchParams.get("stage")!
  if (pathname.endsWith("/page")) return page(name)
  if (pathname.endsWith("/explain")) return explanation(name, searchParams.get("cell")!.split(",").map(Number))
  return { readers: [] }
}

function explanation(name: string, index: number[]): Explanation {
  const source = { name: "tokens", index: [1], value: 2 }
  return {
    name,
    index,
    value: 0.5,
    text: "0.5",
    formula: "",
    op: "sum",
    recomputed: 0.5,
    n_terms: 2,
    terms: [
      { place: 0, label: "tokens[1]", value: 0.75, share: 1, sources: [source] },
      { place: 1, label: "bias", value: "-inf", share: -0.3, sources: [] },
    ],
    worked: "",
    words: "",
    places: [["position", "1"]],
  }
}

function message(trace: Manifest = manifest()): Uint8Array {
  const limits = { low: 0, high: 2, robust: 2, clipped: 0 }
  const where = { axes: ["position"], shape: [4], offset: 0, origin: {}, limits }
  const tensor = { name: "tokens", title: "Tokens", kind: "index", ...where }
  const header = { version: 1, tensors: [tensor], manifest: trace, pages: { tokens: page("tokens") } }
  return encode(header, Float32Array.of(0, 1, 0, 2))
}

const mount = (data: unknown = message()) => act(() => void (cleanup = walkthrough({ parentElement, data })))
const root = () => parentElement.querySelector<HTMLElement>("[data-glassformer=walkthrough]")!
const press = (key: string) => {
  act(() => void document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })))
}
const stage = () => root().dataset.stage

describe("the component", () => {
  it("shows the first step, and a cell of it, without a click", async () => {
    mount()
    expect(root().dataset).toMatchObject({ stage: "tokens", show: "stage" })
    expect(root().dataset.head).toBeUndefined()
    await vi.waitFor(() => expect(root().querySelector("[data-term]")).not.toBeNull())
    const card = root().querySelector<HTMLElement>("[data-pinned]")!
    expect(card.dataset).toMatchObject({ name: "tokens", index: "0", value: "0.5" })
    const terms = [...card.querySelectorAll<HTMLElement>("[data-term]")]
    expect(terms.map(({ dataset }) => dataset.value)).toEqual(["0.75", "-inf"])
    expect(location.hash).toBe("#stage=tokens")
  })

  it("steps by key, and keeps the link", () => {
    mount()
    press("ArrowRight")
    expect([stage(), location.hash]).toEqual(["embed", "#stage=embed"])
    press("End")
    expect(root().dataset.show).toBe("loss")
    expect(location.hash).toBe("#stage=probs&show=loss")
    expect(root().querySelector("p[role=status]")!.textContent).toContain("Title of probs")
  })

  it("begins where the link says, and else where Python says", () => {
    const trace = manifest()
    trace.start = { stage: "blocks.0.attn.pattern", cell: [1, 2, 0], head: 1 }
    mount(message(trace))
    expect(root().dataset).toMatchObject({ stage: "blocks.0.attn.pattern", head: "1", layer: "0" })
    expect(root().querySelector<HTMLElement>("[data-pinned]")!.dataset.index).toBe("1,2,0")
    act(() => cleanup())
    history.replaceState(null, "", "#stage=embed&token=2")
    mount(message(trace))
    expect(root().dataset).toMatchObject({ stage: "embed", token: "2" })
  })

  it("goes back and forward with the browser", () => {
    mount()
    press("ArrowRight")
    history.replaceState(null, "", "#stage=probs&cell=probs:1,2")
    act(() => void dispatchEvent(new PopStateEvent("popstate")))
    expect(stage()).toBe("probs")
    expect(root().querySelector<HTMLElement>("[data-pinned]")!.dataset.index).toBe("1,2")
  })

  it("steps into a source, and back along the trail", async () => {
    mount()
    press("ArrowRight")
    await vi.waitFor(() => expect(root().querySelector("[data-term] .source")).not.toBeNull())
    act(() => root().querySelector<HTMLElement>("[data-term] .source")!.click())
    expect(stage()).toBe("tokens")
    expect(root().querySelector<HTMLElement>("[data-pinned]")!.dataset.index).toBe("1")
    act(() => root().querySelector<HTMLElement>(".trail .source")!.click())
    expect([stage(), root().querySelector<HTMLElement>("[data-pinned]")!.dataset.index]).toEqual(["embed", "0,0"])
  })

  it("keeps its place when other data comes, as far as it fits", () => {
    mount()
    const before = root()
    press("ArrowRight")
    const other = { ...manifest(), trace: "other" }
    act(() => void walkthrough({ parentElement, data: message(other) }))
    expect(root()).toBe(before)
    expect(stage()).toBe("embed")
    const short = { ...manifest(), trace: "short" }
    short.stages = short.stages.map((one) => (one.name === "embed" ? { ...one, name: "other" } : one))
    act(() => void walkthrough({ parentElement, data: message(short) }))
    expect(stage()).toBe("tokens")
  })

  it("keeps what the link asks for until the trace is here that it is about", () => {
    const short = manifest()
    short.stages = short.stages.map((one) => (one.name === "probs" ? { ...one, name: "other" } : one))
    history.replaceState(null, "", "#stage=probs&cell=probs:1,2")
    mount(message({ ...short, trace: "short", stands_in: true }))
    expect([stage(), location.hash]).toEqual(["tokens", "#stage=probs&cell=probs:1,2"])
    act(() => void walkthrough({ parentElement, data: message() }))
    expect([stage(), location.hash]).toEqual(["probs", "#stage=probs&cell=probs:1,2"])
  })

  it("leads on from where somebody went meanwhile", () => {
    history.replaceState(null, "", "#stage=probs")
    mount(message({ ...manifest(), trace: "other", stands_in: true }))
    press("Home")
    press("ArrowRight")
    act(() => void walkthrough({ parentElement, data: message() }))
    expect([stage(), location.hash]).toEqual(["embed", "#stage=embed"])
  })

  it("asks for nothing twice when the page says the same trace again", async () => {
    mount()
    await vi.waitFor(() => expect(root().querySelector("[data-term]")).not.toBeNull())
    const asked = ask.mock.calls.length
    act(() => void walkthrough({ parentElement, data: message() }))
    await new Promise((wait) => setTimeout(wait, 20))
    expect(ask.mock.calls.length).toBe(asked)
  })

  it("is mounted once, also where an earlier way out is taken late", () => {
    mount()
    const late = cleanup
    act(() => late())
    mount()
    act(() => late())
    act(() => void walkthrough({ parentElement, data: message() }))
    expect(parentElement.children).toHaveLength(1)
  })

  it("does nothing when called again with the same data", () => {
    const data = message()
    mount(data)
    press("ArrowRight")
    const asked = ask.mock.calls.length
    act(() => void walkthrough({ parentElement, data }))
    expect([stage(), ask.mock.calls.length]).toEqual(["embed", asked])
  })

  it("asks a question before it plays on, and remembers to ask no more", async () => {
    const letters = ["<b>A</b>", "B"]
    const guess = { key: "next", question: [{ t: "?" }], options: letters, answer: 1, reveal: [[{ t: "B it is." }]] }
    ask.mockImplementation(async (address) => {
      const url = new URL(address)
      const given = answer(url)
      return new Response(JSON.stringify(url.pathname.endsWith("/page") ? { ...(given as object), guess } : given))
    })
    mount()
    press("ArrowRight")
    await vi.waitFor(() => expect(root().querySelector("[data-guess=next]")).not.toBeNull())
    const options = [...root().querySelectorAll<HTMLElement>(".options [aria-pressed]")]
    expect(options.map(({ textContent }) => textContent)).toEqual(letters)
    press(" ")
    expect(root().querySelector("[data-covered=false]")).not.toBeNull()
    // It plays, but goes on only behind the answer.
    expect(root().querySelector(`[aria-label=pause]`)).not.toBeNull()
    expect(stage()).toBe("embed")
    vi.useFakeTimers()
    act(() => options[0]!.click())
    expect(root().querySelector(".guess")!.textContent).toContain("guess_wrong")
    expect(root().querySelector(".guess")!.textContent).toContain("B it is.")
    expect(stage()).toBe("embed")
    // Read, it can be folded away and opened again.
    const [, close] = root().querySelectorAll<HTMLElement>(".guess header .link")
    act(() => close!.click())
    expect(root().querySelector(".guess")).toBeNull()
    const folded = root().querySelector<HTMLElement>("[data-guess=next]")!
    expect(folded.textContent).toBe("guess: guess_wrong")
    act(() => folded.click())
    expect(root().querySelector(".guess")!.textContent).toContain("B it is.")
    act(() => root().querySelector<HTMLElement>(".guess header .link")!.click())
    expect(root().querySelector(".guess")).toBeNull()
    expect(localStorage.getItem("glassformer.guesses")).toBe("off")
    act(() => void vi.advanceTimersByTime(4000))
    expect(stage()).not.toBe("embed")
    vi.useRealTimers()
  })

  it("covers a stage that may ask what it shows until its page is here", async () => {
    let send = (_: Response) => {}
    const coming = new Promise<Response>((resolve) => void (send = resolve))
    const name = "blocks.0.attn.pattern"
    const trace = manifest()
    const looks = trace.stages.find((one) => one.name === name)!
    looks.kind = "probability"
    ask.mockImplementation(async (address) => {
      const url = new URL(address)
      const wanted = url.pathname.endsWith("/page") && url.searchParams.get("stage") === name
      return wanted ? coming : new Response(JSON.stringify(answer(url)))
    })
    mount(message({ ...trace, start: { stage: name } }))
    expect(stage()).toBe(name)
    expect(root().querySelector("[data-covered=true]")).not.toBeNull()
    expect(root().querySelector(".cover")).toBeNull()
    await act(async () => send(new Response(JSON.stringify(page(name)))))
    await vi.waitFor(() => expect(root().querySelector("[data-covered=false]")).not.toBeNull())
  })

  it("says in words what it cannot read", () => {
    mount(new Uint8Array(2))
    expect(parentElement.querySelector("[role=alert]")!.textContent).toContain("at least 4 bytes")
    act(() => void walkthrough({ parentElement, data: message() }))
    expect(stage()).toBe("tokens")
  })

  it("says what could not be fetched, and tries again", async () => {
    ask.mockImplementation(async () => new Response('{"error": "no such <b>trace</b>"}', { status: 404 }))
    mount()
    press("ArrowRight")
    await vi.waitFor(() => expect(root().querySelector(".problem")).not.toBeNull())
    expect(root().querySelector(".problem")!.textContent).toContain("problem")
    expect(root().querySelector("b b")).toBeNull()
    ask.mockImplementation(async (address) => new Response(JSON.stringify(answer(new URL(address)))))
    act(() => root().querySelector<HTMLElement>(".deeper > .problem .link")!.click())
    await vi.waitFor(() => expect(root().textContent).toContain("Words about embed"))
  })

  it("plays a step at a time, and waits while nobody looks", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    mount()
    press(" ")
    const entries = history.length
    act(() => void vi.advanceTimersByTime(3900))
    expect(stage()).toBe("tokens")
    act(() => void vi.advanceTimersByTime(200))
    expect([stage(), history.length]).toEqual(["embed", entries])
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true)
    act(() => void document.dispatchEvent(new Event("visibilitychange")))
    act(() => void vi.advanceTimersByTime(20000))
    expect(stage()).toBe("embed")
    hidden.mockRestore()
    vi.useRealTimers()
  })

  it("does not lose the focus when what had it is gone", async () => {
    mount()
    press("ArrowRight")
    await vi.waitFor(() => expect(root().querySelector("[data-term] .source")).not.toBeNull())
    const source = root().querySelector<HTMLElement>("[data-term] .source")!
    act(() => source.focus())
    act(() => source.click())
    expect(source.isConnected).toBe(false)
    expect(root().contains(document.activeElement)).toBe(true)
  })

  it("leaves nothing behind", () => {
    mount()
    act(() => cleanup())
    expect(parentElement.children).toHaveLength(0)
    const hash = location.hash
    press("ArrowRight")
    dispatchEvent(new PopStateEvent("popstate"))
    expect(location.hash).toBe(hash)
    mount()
    expect(root()).not.toBeNull()
  })
})
