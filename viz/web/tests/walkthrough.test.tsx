import { act } from "preact/test-utils"
import { describe, expect, it, vi } from "vitest"
import walkthrough from "../src/components/walkthrough"
import { answer, ask, cleanup, message, mount, parentElement, press, root, stage } from "./component"
import { manifest } from "./walkthrough"

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
