import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import mount from "../src/components/board"
import type { Board } from "../src/board/types"
import { axis, board, bytes, common } from "./board"

const settled = () => new Promise((done) => setTimeout(done, 30))
let parentElement: HTMLElement
let cleanup: () => void = () => {}

const numbers = Array.from({ length: 12 }, (_, i) => i / 8)
const made = (more: Partial<Board> = {}): Board => ({
  ...board(
    { at: axis(3, { title: "query", at: 1, play: true }), key: axis(4, { title: "key" }) },
    [
      { ...common("bias"), kind: "matrix", values: "b", drawn: ["at", "key"], signed: true, limit: 2, hidden: "hidden by the mask" },
      {
        ...common("curve"), kind: "lines", along: "at", x: "", y: "", span: [0, 2], rules: [], levels: [], bars: false,
        series: [{ name: "key {key}", values: "b", low: null, high: null, xs: null, color: "#123456", dash: "solid", faint: false }],
      },
      {
        ...common("told"), kind: "table", head: ["<i>what</i>", "key {key}"], hidden: "hidden by the mask",
        rows: [{ label: "value", values: "b", times: null, words: null, more: ["<b>always</b>"] }],
      },
      { ...common("worked"), kind: "formula", latex: "", source: "data/lab/x/worked", axes: ["at", "key"] },
    ],
    { b: [["at", "key"], [3, 4], numbers] },
  ),
  ...more,
})

const root = () => parentElement.querySelector<HTMLElement>("[data-glassformer=board]")!
const panel = (name: string) => root().querySelector<HTMLElement>(`[data-panel=${name}]`)!
const slider = (name: string) => root().querySelector<HTMLInputElement>(`input[data-axis=${name}]`)!
const slide = (name: string, to: number) => {
  slider(name).value = String(to)
  slider(name).dispatchEvent(new Event("input", { bubbles: true }))
}
const press = (name: string, key: string) =>
  panel(name).querySelector(".picture")!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }))

let visits = 0

beforeEach(() => {
  history.replaceState(null, "", `/page${visits++}`) // a board remembers what the link of its page said
  parentElement = document.createElement("div")
  document.body.replaceChildren(parentElement)
  vi.stubGlobal("fetch", (url: URL) => {
    const value = url.searchParams.get("at") === "2" ? { error: "no <b>" } : { general: "g", latex: "l", value: url.search }
    return Promise.resolve(new Response(JSON.stringify(value)))
  })
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})
const show = async (from = made()) => {
  cleanup = mount({ parentElement, data: bytes(from) })
  await settled()
}

describe("the link", () => {
  it("keeps its last part when Streamlit writes the address without it", async () => {
    location.hash = "#key=2"
    await show()
    slide("at", 2)
    history.replaceState(null, "", `${location.pathname}?encoding=other`)
    expect(location.hash).toBe("")
    await show(made({ label: "another" }))
    expect(location.hash).toBe("#at=2&key=2")
    slide("at", 1)
    slide("key", 0)
    expect(location.hash).toBe("")
    await show(made({ label: "a third" }))
    expect(location.hash).toBe("")
  })
})

describe("a board", () => {
  it("shows its panels at the cursors, and what is sent as text stays text", async () => {
    await show()
    expect(root().dataset.ready).toBe("true")
    expect(root().dataset.cursors).toBe("at=1&key=0")
    expect(panel("bias").querySelector<HTMLElement>(".readout")!.dataset.value).toBe("0.5")
    expect(panel("curve").querySelector<HTMLElement>("[data-series]")!.dataset.value).toBe("0.5")
    expect(panel("told").textContent).toContain("<b>always</b>")
    expect(panel("told").querySelector("b, i")).toBeNull()
    await vi.waitFor(() => expect(panel("worked").dataset.value).toBe("?at=1&key=0"))
  })

  it("moves all panels with a slider and with arrow keys, and keeps the place in the link", async () => {
    await show()
    slide("key", 3)
    await settled()
    expect(panel("bias").querySelector<HTMLElement>(".readout")!.dataset.value).toBe("0.875")
    expect(panel("curve").textContent).toContain("key 3")
    expect(panel("told").querySelector<HTMLElement>("td")!.dataset.value).toBe("0.875")
    press("bias", "ArrowUp")
    press("bias", "ArrowLeft")
    press("curve", "ArrowLeft")
    await settled()
    expect(root().dataset.cursors).toBe("at=0&key=2")
    expect(location.hash).toBe("#at=0&key=2")
    expect(slider("key").value).toBe("2")
    press("curve", "End")
    await vi.waitFor(() => expect(panel("worked").textContent).toContain("no <b>"))
  })

  it("begins where the link says, and keeps its cursors when new data come", async () => {
    location.hash = "#key=2&at=99&other=1"
    await show()
    expect(root().dataset.cursors).toBe("at=2&key=2")
    press("bias", "ArrowRight")
    const before = root()
    await show(made({ label: "another" }))
    expect(root()).toBe(before)
    expect(root().dataset.cursors).toBe("at=2&key=3")
    expect(root().getAttribute("aria-label")).toBe("another")
  })

  it("plays to the end", async () => {
    vi.stubGlobal("matchMedia", () => ({ matches: false }))
    await show()
    const play = root().querySelector<HTMLElement>("button.play")!
    play.click()
    await settled()
    expect(play.getAttribute("aria-pressed")).toBe("true")
    await vi.waitFor(() => expect(root().dataset.cursors).toBe("at=2&key=0"), 3000)
    await vi.waitFor(() => expect(play.getAttribute("aria-pressed")).toBe("false"), 3000)
  })

  it("gives its numbers as a table", async () => {
    await show()
    panel("bias").querySelector<HTMLElement>("button[aria-expanded]")!.click()
    await settled()
    expect(panel("bias").querySelectorAll("tbody tr")).toHaveLength(12)
    expect(panel("bias").querySelector("tbody tr:last-child")!.textContent).toBe("231.375")
  })

  it("says what is wrong with a message", async () => {
    cleanup = mount({ parentElement, data: new Uint8Array([1, 0]) })
    await settled()
    expect(parentElement.querySelector("[role=alert]")!.textContent).toContain("4 bytes")
  })
})
