import { beforeEach, describe, expect, it } from "vitest"
import glance from "../src/components/glance"
import { example } from "./messages"

let parentElement: HTMLElement

beforeEach(() => {
  parentElement = document.createElement("div")
  document.body.replaceChildren(parentElement)
})

const root = () => parentElement.querySelector<HTMLElement>("[data-glassformer=glance]")!

describe("glance", () => {
  it("shows the tokens and one picture a step, and says when it is ready", () => {
    glance({ parentElement, data: example() })
    expect(root().dataset.ready).toBe("true")
    expect([...root().querySelectorAll(".tokens li")].map((item) => item.textContent)).toEqual(["A", "B"])
    expect(root().querySelectorAll("figure")).toHaveLength(1)
    expect(root().querySelector("figcaption")!.textContent).toBe("Attentionquery 2 × key 2")
  })

  it("keeps its pictures when called again with new data", () => {
    glance({ parentElement, data: example() })
    const figure = root().querySelector("figure")
    glance({ parentElement, data: example(["C", "D"]) })
    expect(parentElement.children).toHaveLength(1)
    expect(root().querySelector("figure")).toBe(figure)
    expect(root().querySelector(".tokens")!.textContent).toBe("CD")
  })

  it("reads cells by keyboard and marks the token", () => {
    glance({ parentElement, data: example() })
    const cells = root().querySelector<HTMLElement>(".cells")!
    cells.dispatchEvent(new FocusEvent("focus"))
    cells.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }))
    expect(root().querySelector(".readout")!.textContent).toBe("query 0 “\u2068A\u2069”, key 1 “\u2068B\u2069”: −∞")
    cells.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown" }))
    expect(root().dataset.token).toBe("1")
    expect(root().querySelector("[aria-current]")!.textContent).toBe("B")
    cells.dispatchEvent(new FocusEvent("blur"))
    expect(root().dataset.token).toBeUndefined()
  })

  it("shows hostile tokens as text", () => {
    const hostile = "<img src=x onerror=alert(1)>"
    glance({ parentElement, data: example([hostile, "\u202eB"]) })
    expect(root().querySelector("img")).toBeNull()
    expect(root().querySelector(".tokens li")!.textContent).toBe(hostile)
  })

  it("says in words what it cannot read", () => {
    glance({ parentElement, data: new Uint8Array(2) })
    expect(root().querySelector("[role=alert]")!.textContent).toContain("at least 4 bytes")
  })

  it("leaves nothing behind", () => {
    const cleanup = glance({ parentElement, data: example() })
    cleanup()
    expect(parentElement.children).toHaveLength(0)
    glance({ parentElement, data: example() })
    expect(parentElement.children).toHaveLength(1)
  })
})
