import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type Command, KEYS, listen } from "../src/walkthrough/keys"
import { WORDS } from "../src/walkthrough/ui"

const on = vi.fn<(command: Command) => boolean>(() => true)
let stop: () => void

beforeEach(() => {
  on.mockClear()
  stop = listen(on)
})
afterEach(() => {
  stop()
  document.body.replaceChildren()
})

function press(key: string, target: EventTarget = document.body, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true, ...more })
  target.dispatchEvent(event)
  return event
}

function element(html: string): HTMLElement {
  const around = document.createElement("div")
  around.innerHTML = html
  document.body.append(around)
  return (around.querySelector("[data-target]") ?? around.firstElementChild) as HTMLElement
}

describe("keys", () => {
  it.each<[string, Command]>([
    ["ArrowRight", { do: "by", steps: 1 }],
    ["ArrowLeft", { do: "by", steps: -1 }],
    ["Home", { do: "by", steps: -Infinity }],
    ["End", { do: "by", steps: Infinity }],
    ["ArrowDown", { do: "layer-by", by: 1 }],
    ["[", { do: "layer-by", by: -1 }],
    ["PageDown", { do: "chapter", by: 1 }],
    ["h", { do: "head-by", by: 1 }],
    ["T", { do: "token-by", by: -1 }],
    [" ", { do: "toggle-play" }],
    ["Escape", { do: "unpin" }],
    ["?", { do: "help" }],
  ])("%s works without a click", (key, command) => {
    expect(press(key).defaultPrevented).toBe(true)
    expect(on).toHaveBeenCalledExactlyOnceWith(command)
  })

  it("scroll the page where they do nothing", () => {
    on.mockReturnValueOnce(false)
    expect(press("ArrowDown").defaultPrevented).toBe(false)
  })

  it("leave the browser its own", () => {
    press("ArrowLeft", document.body, { altKey: true })
    press("ArrowRight", document.body, { ctrlKey: true })
    press("h", document.body, { metaKey: true })
    press("x")
    press("constructor")
    expect(on).not.toHaveBeenCalled()
  })

  it.each([
    "<input>",
    "<input type=number>",
    "<textarea></textarea>",
    "<select></select>",
    "<div role=slider tabindex=0></div>",
    "<button role=radio></button>",
    "<div role=listbox><i data-target></i></div>",
    "<dialog><button data-target></button></dialog>",
    "<input role=combobox aria-expanded=true>",
  ])("leave %s its arrows", (html) => {
    press("ArrowRight", element(html))
    expect(on).not.toHaveBeenCalled()
  })

  it("press a button that has the focus, and still step from it", () => {
    const button = element("<button></button>")
    press(" ", button)
    expect(on).not.toHaveBeenCalled()
    press("ArrowRight", button)
    expect(on).toHaveBeenCalledOnce()
  })

  it("step from a closed select, which does not hear of it", () => {
    const select = element("<input role=combobox aria-expanded=false value=sort>")
    const heard = vi.fn()
    select.addEventListener("keydown", heard)
    press("ArrowRight", select)
    expect(on).toHaveBeenCalledOnce()
    expect(heard).not.toHaveBeenCalled()
    press("ArrowDown", select)
    press("h", select)
    expect(on).toHaveBeenCalledOnce()
    expect(heard).toHaveBeenCalledTimes(2)
  })

  it("step on after a choice was clicked, and choose after it was reached by Tab", () => {
    const choice = element("<button role=radio></button>")
    const heard = vi.fn()
    choice.addEventListener("keydown", heard)
    choice.dispatchEvent(new Event("pointerdown", { bubbles: true }))
    press("ArrowRight", choice)
    expect([on.mock.calls.length, heard.mock.calls.length]).toEqual([1, 0])
    press("Tab", choice)
    press("ArrowRight", choice)
    expect([on.mock.calls.length, heard.mock.calls.length]).toEqual([1, 2])
  })

  it("scroll a pane that has the focus", () => {
    const pane = element("<div data-scrolls tabindex=0></div>")
    press("PageDown", pane)
    press(" ", pane)
    expect(on).not.toHaveBeenCalled()
    press("ArrowRight", pane)
    expect(on).toHaveBeenCalledOnce()
  })

  it("are the focused matrix's own where it takes them", () => {
    const matrix = element("<div tabindex=0></div>")
    matrix.addEventListener("keydown", (event) => event.stopPropagation())
    press("ArrowRight", matrix)
    expect(on).not.toHaveBeenCalled()
  })

  it("are heard from inside a shadow root", () => {
    const root = element("<div></div>").attachShadow({ mode: "open" })
    const input = document.createElement("input")
    const button = document.createElement("button")
    root.append(input, button)
    press("ArrowRight", input)
    expect(on).not.toHaveBeenCalled()
    press("ArrowRight", button)
    expect(on).toHaveBeenCalledOnce()
  })

  it("do nothing once the walkthrough is gone", () => {
    stop()
    press("ArrowRight")
    press("ArrowRight", element("<input role=combobox aria-expanded=false>"))
    expect(on).not.toHaveBeenCalled()
  })

  it("are all in the help, in words that there are", () => {
    for (const [, does] of KEYS) expect(WORDS).toContain(does)
  })
})
