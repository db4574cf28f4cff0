/** Questions: asked before the answer is in sight, folded away once it was read. */
import { act } from "preact/test-utils"
import { describe, expect, it, vi } from "vitest"
import { answer, ask, message, mount, press, root, stage } from "./component"
import { manifest, page } from "./walkthrough"

describe("a question", () => {
  it("is asked before it plays on, and no more where a person says so", async () => {
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
})
