import { render } from "preact"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Source } from "../src/walkthrough/data"
import { pressed } from "../src/walkthrough/picture/cursor"
import { plan } from "../src/walkthrough/picture/layout"
import { cellAt, fitted, inView, labelled, revealed, zoomed } from "../src/walkthrough/picture/lens"
import { runs } from "../src/walkthrough/picture/marks"
import { beyond, brief, colourFor, limitOf, type Look, paintSheet } from "../src/walkthrough/picture/paint"
import { Picture } from "../src/walkthrough/picture/picture"
import { indexOf, placeOf, type Sheet, wants } from "../src/walkthrough/picture/sheet"
import { addends, arcs, stripOf } from "../src/walkthrough/picture/strips"
import { windowAround } from "../src/walkthrough/picture/table"
import { PICTURE_WORDS } from "../src/walkthrough/picture/words"
import type { Explanation, Manifest } from "../src/walkthrough/types"
import { FIRST } from "../src/walkthrough/view"
import english from "../../prose/en.toml?raw"
import chinese from "../../prose/zh.toml?raw"
import { served } from "./served"
import networks from "./stages.json"

const whole = (name: keyof typeof networks) => networks[name] as unknown as Manifest
const limits = { low: -8, high: 2, robust: 2, clipped: 1 }
const sheetOf = (values: number[], rows: number, more: Partial<Sheet> = {}): Sheet => {
  const cols = values.length / rows
  const shape = { firstRow: 0, firstCol: 0, rows, cols, binRows: 1, binCols: 1, rowStride: cols, colStride: 1, start: 0 }
  return { ...shape, values: Float32Array.from(values), limits, ...more }
}

const LIGHT = { dark: false, inks: { ink: "#111", page: "#fff", lit: "#0a7a1f", pin: "#e0218a" } }

describe("lens", () => {
  it("knows what is in view, and zooms about a point that stays", () => {
    const lens = fitted(100, 5)
    expect(inView(lens, 500)).toEqual([0, 100])
    const near = zoomed(lens, 2, 250, 500)
    expect(near.cell).toBe(10)
    expect(cellAt(near, 250)).toBe(50)
    expect(inView(near, 500)).toEqual([25, 75])
    expect(zoomed(near, 1e-9, 0, 500)).toMatchObject({ cell: 5, offset: 0 })
  })

  it("jumps from the whole to cells one can see, and back", () => {
    const far = fitted(5000, 0.1)
    const near = zoomed(far, 1.4, 0, 500)
    expect(near.cell).toBe(4)
    expect(zoomed(near, 1 / 1.4, 0, 500).cell).toBe(0.1)
  })

  it("moves just so far that a cell is in view", () => {
    const near = zoomed(fitted(100, 5), 8, 0, 500)
    expect(revealed(near, 99, 500).offset).toBe(87.5)
    expect(revealed(near, 3, 500)).toBe(near)
  })

  it("labels what has room", () => {
    expect(labelled(fitted(10, 20), 200, 12)).toHaveLength(10)
    expect(labelled(fitted(100, 5), 500, 26)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90])
  })
})

describe("paint", () => {
  const look: Look = { kind: "signed", limit: 2, dark: false, clipped: true }
  const painted = (sheet: Sheet, with_: Look, cell = 40) => {
    const calls: string[] = []
    const context = new Proxy({} as CanvasRenderingContext2D, {
      get: (_, name) => (...args: unknown[]) => calls.push(name === "fillText" ? `fillText ${args[0]}` : String(name)),
      set: () => true,
    })
    const seen = paintSheet(context, { left: 0, top: 0, width: 200, height: 200 }, sheet, { offset: 0, cell }, { offset: 0, cell }, with_)
    return { calls, seen, count: (name: string) => calls.filter((call) => call === name).length }
  }

  it("writes numbers, marks cut-off cells, hatches -inf and names NaN", () => {
    const { calls, seen, count } = painted(sheetOf([1, -8, -Infinity, NaN], 2), look)
    expect(calls.filter((call) => call.startsWith("fillText"))).toEqual(["fillText 1", "fillText −8", "fillText NaN"])
    expect(seen).toEqual({ masked: true, nan: true })
    // One corner, two hatchings and the view itself.
    expect(count("fill")).toBe(1)
    expect(count("clip")).toBe(3)
  })

  it("hatches zeros that are masked, and only those", () => {
    const masked = (row: number, col: number) => row === 0 && col === 1
    const { seen, calls } = painted(sheetOf([1, 0, 0.5, 0], 2), { ...look, kind: "probability", limit: 1, masked })
    expect(seen.masked).toBe(true)
    expect(calls.filter((call) => call.startsWith("fillText"))).toEqual(["fillText 1", "fillText 0.50", "fillText 0"])
  })

  it("has limits that are robust, full, or 1 for probabilities", () => {
    expect([limitOf("signed", limits, "robust"), limitOf("signed", limits, "full"), limitOf("probability", limits, "full")]).toEqual([2, 8, 1])
    expect([beyond(-8, look), beyond(2, look)]).toEqual([true, false])
    expect(colourFor(-Infinity, look)).toBeNull()
  })

  it("is brief", () => {
    expect([0, 1.234, -12.34, 123.4, -0.001, 123456.7, 12].map(brief)).toEqual(["0", "1.23", "−12.3", "123", "−0.00", "1e5", "12"])
  })
})

describe("sheet", () => {
  const { operands, output } = plan(whole("positional=learned"), whole("positional=learned").stages.find(({ name }) => name === "blocks.0.attn.qk")!, 1)

  it("asks for what is in view, or for as many numbers as there are pixels", () => {
    expect(wants(output, [1, 3], [0, 4], null)).toEqual([{ name: "blocks.0.attn.qk", ranges: { head: 1, query: [1, 3], key: [0, 4] } }])
    expect(wants(output, [0, 4], [0, 4], { rows: 4, cols: 2 })).toMatchObject([{ rows: 4, cols: 2 }])
    expect(wants(output, [0, 4], [0, 4], { rows: 9, cols: 9 })[0]).not.toHaveProperty("rows")
  })

  it("asks for neighbouring rows of a table at once", () => {
    const table = { ...output, fixed: {}, rows: { ...output.rows!, axis: "d_vocab", places: [2, 3, 7] } }
    expect(wants(table, [0, 3], [0, 4], null).map(({ ranges }) => ranges.d_vocab)).toEqual([[2, 4], [7, 8]])
    expect(indexOf(table, ["d_vocab", "key"], 2, 1)).toEqual([7, 1])
    expect(placeOf(table, ["d_vocab", "key"], [3, 0])).toEqual([1, 0])
    expect(placeOf(table, ["d_vocab", "key"], [4, 0])).toBeNull()
  })

  it("finds cells of transposed matrices, and none of another head", () => {
    const keys = operands[1]!
    expect(indexOf(keys, ["position", "head", "d_head"], 1, 3)).toEqual([3, 1, 1])
    expect(placeOf(keys, ["position", "head", "d_head"], [3, 1, 0])).toEqual([0, 3])
    expect(placeOf(keys, ["position", "head", "d_head"], [3, 0, 0])).toBeNull()
  })
})

describe("cursor and marks", () => {
  it("goes where keys lead and stops at the edges", () => {
    expect(pressed("ArrowUp", [0, 2], [4, 5], 2)).toEqual({ do: "go", to: [0, 2] })
    expect(pressed("End", [1, 2], [4, 5], 2)).toEqual({ do: "go", to: [1, 4] })
    expect(pressed("PageDown", [1, 2], [4, 5], 2)).toEqual({ do: "go", to: [3, 2] })
    expect(pressed("Enter", [1, 2], [4, 5], 2)).toEqual({ do: "pin" })
    expect(pressed("n", [1, 2], [4, 5], 2)).toBeNull()
  })

  it("outlines neighbours together", () => {
    expect(runs([[2, 0], [2, 1], [2, 4]])).toEqual([{ row: 2, col: 0, rows: 1, cols: 2 }, { row: 2, col: 4, rows: 1, cols: 1 }])
    expect(runs([[1, 3], [0, 3]])).toEqual([{ row: 0, col: 3, rows: 2, cols: 1 }])
    expect(runs([[0, 0], [1, 1]])).toHaveLength(2)
  })

  it("has tables of at most 64 places around the cursor", () => {
    const line = { axis: "key", count: 1000, group: "c", tokens: null, letters: 3 }
    expect(windowAround(line, 500)).toEqual([468, 532])
    expect(windowAround(line, 999)).toEqual([936, 1000])
    expect(windowAround(null, 0)).toEqual([0, 1])
  })
})

describe("strip", () => {
  it("is read from the stages of its attention", () => {
    const manifest = whole("encoder-decoder, t5")
    const found = stripOf(manifest, manifest.stages.find(({ name }) => name === "decoder.blocks.0.cross_attn.qk")!)!
    expect(found).toMatchObject({ queries: 3, keys: 4, values: "decoder.blocks.0.cross_attn.z" })
    expect(found.rows.at(-1)!.name).toBe("decoder.blocks.0.cross_attn.pattern")
    expect(stripOf(manifest, manifest.stages[0]!)).toBeNull()
  })

  it("takes what each key adds from the terms of the explanation", () => {
    const term = (key: number, value: number) => ({ value, sources: [{ name: "v", index: [key, 0, 1], value: 1 }, { name: "p", index: [0, 3, key], value: 1 }] })
    expect(addends({ terms: [term(2, 0.5), term(0, -1)] } as unknown as Explanation, "p", 4)).toEqual([-1, null, 0.5, null])
  })

  it("has arcs as wide as the weights, and none for nothing", () => {
    expect(arcs([0.5, 0, 0.25], 2, 50, 80).map(({ key, width }) => [key, width])).toEqual([[0, 4.5], [2, 2.25]])
    expect(arcs([1], null, 50, 80)[0]!.path).toMatch(/^M 25 2 /)
  })
})

describe("picture", () => {
  const manifest = { ...whole("positional=learned"), trace: "T", language: "en", axes: {} } as unknown as Manifest
  const step = manifest.stages.findIndex(({ name }) => name === "blocks.0.attn.attn_scores")
  Object.assign(manifest, { steps: manifest.stages.map((_, stage) => ({ stage, show: "stage", chapter: 0 })) })
  const onReady = vi.fn()
  const onPin = vi.fn()
  const host = document.createElement("div")
  const show = async () => {
    const source = new Source("http://here/", manifest, served(manifest))
    const hands = { lit: [], peek: null, onPeek: () => {}, onPin, onToken: () => {}, onReady }
    render(<Picture manifest={manifest} view={{ ...FIRST, step, head: 0 }} source={source} theme={LIGHT} ui={{}} {...hands} />, host)
    await vi.waitFor(() => expect(onReady).toHaveBeenCalled())
  }
  beforeEach(() => {
    document.body.replaceChildren(host)
    onReady.mockClear()
    onPin.mockClear()
  })
  afterEach(() => render(null, host))

  it("says when all its numbers are there", async () => {
    await show()
    expect([...host.querySelectorAll<HTMLElement>("figure")].map(({ dataset }) => dataset.name)).toEqual(["blocks.0.attn.qk", "blocks.0.attn.attn_scores"])
  })

  it("moves a cursor by arrow keys that the page does not hear, and pins by Enter", async () => {
    await show()
    const page = vi.fn()
    document.body.addEventListener("keydown", page)
    const plot = host.querySelector<HTMLElement>(".output .plot")!
    for (const key of ["ArrowRight", "ArrowDown", "Enter"]) plot.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }))
    expect(page).not.toHaveBeenCalled()
    expect(onPin).toHaveBeenCalledWith({ name: "blocks.0.attn.attn_scores", index: [0, 1, 1] })
    plot.dispatchEvent(new KeyboardEvent("keydown", { key: "h", bubbles: true }))
    expect(page).toHaveBeenCalledTimes(1)
    document.body.removeEventListener("keydown", page)
  })

  it("has a table with headers for its rows and columns", async () => {
    await show()
    host.querySelector<HTMLElement>(".output .tools [aria-pressed]")!.click()
    await vi.waitFor(() => expect(host.querySelectorAll(".output tbody tr")).toHaveLength(4))
    expect(host.querySelectorAll(".output thead th[scope=col]")).toHaveLength(4)
    expect(host.querySelector(".output tbody td")!.textContent).toBe("0.5")
  })
})

describe.each([["English", english], ["Chinese", chinese]])("the words of the picture in %s", (_, toml) => {
  it("are all there, with the same gaps", () => {
    const words = (text: string) => new Map([...text.matchAll(/^(\w+) = "(.*)"$/gm)].map(([, key, value]) => [key!, value!]))
    const gaps = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([gap]) => gap).sort()
    for (const word of PICTURE_WORDS) {
      expect([word, words(toml).has(word)]).toEqual([word, true])
      expect([word, gaps(words(toml).get(word)!)]).toEqual([word, gaps(words(english).get(word)!)])
    }
  })
})
