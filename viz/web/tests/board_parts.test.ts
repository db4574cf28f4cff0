import { describe, expect, it } from "vitest"
import { CursorState, filled, linked, written } from "../src/board/cursors"
import { kindOf } from "../src/board/draw/kinds"
import { csv, fileName, folded, svg } from "../src/board/export"
import { nearest, places, ticks } from "../src/board/scale"
import { product, slice, sliceKey, valueAt } from "../src/board/slice"
import type { GraphPanel, LinesPanel, MatrixPanel } from "../src/board/types"
import { axis, board, common, scene } from "./board"

const count = (n: number) => Array.from({ length: n }, (_, i) => i)
const axes = {
  head: axis(2, { title: "head" }),
  at: axis(3, { title: "query", at: 1 }),
  key: axis(4, { title: "key" }),
  distance: axis(4, { title: "distance", minus: ["at", "key"], slider: false }),
  step: axis(3, { title: "step", places: [0, 7, 30], marks: ["0", "7", "30"], follow: true }),
}
const matrix: MatrixPanel = {
  ...common("bias"), kind: "matrix", values: "b", drawn: ["at", "key"], signed: true, limit: 23, hidden: "hidden by the mask",
}
const look = { color: "#123456", dash: "solid", faint: false } as const
const lines: LinesPanel = {
  ...common("curve"), kind: "lines", along: "step", x: "", y: "accuracy", span: [0, 1], rules: [], levels: [], bars: false,
  series: [
    { ...look, name: "head {head}", values: "c", low: null, high: null, xs: null },
    { ...look, name: "own <points>", values: "o", low: null, high: null, xs: "x" },
  ],
}
const numbers = count(24).map((i) => (i === 6 ? Number.NaN : i))
const made = board(axes, [matrix, lines], {
  b: [["head", "at", "key"], [2, 3, 4], numbers],
  short: [["at"], [2], [5, 6]],
  c: [["head", "step"], [2, 3], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]],
  o: [["own"], [4], [0, 0.25, 0.5, 0.75]],
  x: [["own"], [4], [0, 5, 10, 40]],
  v: [["at", "xy"], [3, 2], [1, 2, 3, 4, 5, 6]],
})

describe("a slice", () => {
  it("has the drawn axes whole, in their order, and the others where the cursor stands", () => {
    const array = made.arrays.get("b")!
    const found = slice(array, { head: 1 }, ["at", "key"])!
    expect(found.sizes).toEqual([3, 4])
    expect(found.at(2, 3)).toBe(23)
    const turned = slice(array, { head: 0 }, ["key", "at"])!
    expect(turned.at(3, 1)).toBe(7)
  })

  it("has nothing past the end, and nothing without a cursor", () => {
    const array = made.arrays.get("short")!
    expect(slice(array, { at: 2 }, [])).toBeNull()
    expect(slice(made.arrays.get("b")!, {}, ["at", "key"])).toBeNull()
    expect(slice(array, {}, ["at"])!.at(2)).toBeNaN()
    expect(valueAt(made, "b", { head: 1, at: 0, key: 2 })).toBe(14)
  })

  it("multiplies vectors", () => {
    expect(product(made, "v", "v", { at: 1 })).toBe(25)
    expect(product(made, "v", "v", {})).toBeNull()
  })

  it("changes only with the axes that are not drawn", () => {
    const key = (cursors: Record<string, number>) => sliceKey(made, ["b"], cursors, ["at", "key"])
    expect(key({ head: 1, at: 0, key: 0 })).toBe(key({ head: 1, at: 2, key: 3 }))
    expect(key({ head: 1 })).not.toBe(key({ head: 0 }))
  })
})

describe("cursors", () => {
  it("stop at the ends, and a difference moves the second of its two", () => {
    const state = new CursorState()
    state.load(axes, { key: 1 })
    expect(state.places.value.pinned).toEqual({ head: 0, at: 1, key: 1, step: 0, distance: 0 })
    state.move("at", 99)
    expect(state.places.value.pinned).toMatchObject({ at: 2, distance: 1 })
    state.move("distance", 2)
    expect(state.places.value.pinned).toMatchObject({ at: 2, key: 0, distance: 2 })
    state.move("key", 3)
    expect(state.places.value.pinned.distance).toBeUndefined()
    state.dispose()
  })

  it("are previewed by the pointer without moving", () => {
    const state = new CursorState()
    state.load(axes, {})
    state.hover({ at: 2, key: 1 })
    expect(state.places.value.shown).toMatchObject({ at: 2, key: 1, distance: 1 })
    expect(state.places.value.pinned).toMatchObject({ at: 1, key: 0 })
    state.hover({})
    expect(state.places.value.shown).toEqual(state.places.value.pinned)
    state.hover({ distance: 1 })
    expect(state.places.value.shown).toMatchObject({ at: 1, key: 0 })
    state.dispose()
  })

  it("of one name move together on all boards of the page", () => {
    const [one, other] = [new CursorState(), new CursorState()]
    one.load(axes, {})
    other.load({ at: axis(2) }, {})
    one.move("at", 2)
    expect(other.places.value.pinned.at).toBe(1)
    other.move("at", 0)
    expect(one.places.value.pinned.at).toBe(0)
    one.dispose()
    other.move("at", 1)
    expect(one.places.value.pinned.at).toBe(0)
    other.dispose()
  })

  it("stay when data come anew, come back when there is room again, and follow a growing end", () => {
    const state = new CursorState()
    state.load(axes, {})
    state.move("key", 3)
    state.move("step", 2)
    state.load({ ...axes, key: axis(2), step: { ...axes.step, size: 5 } }, {})
    expect(state.places.value.pinned).toMatchObject({ key: 1, step: 4 })
    state.move("step", 1)
    state.load({ ...axes, step: { ...axes.step, size: 9 } }, {})
    expect(state.places.value.pinned).toMatchObject({ key: 3, step: 1 })
    state.dispose()
  })

  it("are in the link, beside what others wrote there", () => {
    const pinned = { head: 1, at: 1, key: 3, distance: 2, step: 0 }
    expect(written("#other=4&head=0&at=2", axes, pinned)).toBe("other=4&head=1&key=3")
    expect(linked("#other=4&head=1&key=3&distance=2&at=-1&step=x", axes)).toEqual({ head: 1, key: 3 })
  })

  it("are put into words", () => {
    expect(filled("head {head} at {step} and {other}", axes, { head: 1, step: 2 })).toBe("head 1 at 30 and {other}")
    expect(filled("{distance} back", axes, {})).toBe("– back")
  })
})

describe("axes of a picture", () => {
  it("have round numbers", () => {
    expect(ticks(-1.05, 1.05, 5)).toEqual([-1, -0.5, 0, 0.5, 1])
    expect(ticks(0, 0, 5)).toEqual([])
    expect(ticks(0, 37, 4)).toEqual([0, 10, 20, 30])
  })

  it("label as many places as have room", () => {
    expect(places(5, 40, 1)).toEqual([0, 1, 2, 3, 4])
    expect(places(24, 6, 2)).toEqual([0, 5, 10, 15, 20])
  })

  it("know the nearest place", () => {
    expect(nearest(axes.step, 20, 3)).toBe(2)
    expect(nearest(axes.step, 18, 3)).toBe(1)
  })
})

describe("a picture", () => {
  it("tells the value at the cursors, and where the pointer is", () => {
    const kind = kindOf(matrix)
    const given = scene(made, matrix, { head: 0, at: 1, key: 3 })
    expect(kind.said(given)[0]!.value).toBe(7)
    expect(kind.hit(given, 1, 1)).toBeNull()
    const cell = kind.hit(given, 60, 20)!
    expect(Object.keys(cell)).toEqual(["at", "key"])
  })

  it("tells of a curve with points of its own the last one so far", () => {
    const said = kindOf(lines).said(scene(made, lines, { head: 1, step: 2 }))
    expect(said.map(({ name }) => name)).toEqual(["head 1", "own <points>"])
    expect(said[0]!.value).toBeCloseTo(0.6)
    expect(said[1]!.value).toBe(0.5)
  })

  it("gives the numbers that are drawn, without the hidden ones", () => {
    const rows = kindOf(matrix).table(scene(made, matrix, { head: 0, at: 1, key: 3 }))
    expect(rows[0]).toEqual(["head", "query", "key", "value"])
    expect(rows).toHaveLength(1 + 11)
    expect(rows[5]).toEqual(["0", "1", "0", 4])
  })

  it("is named after what it shows", () => {
    expect(fileName(made, matrix, { head: 1, at: 0, key: 0 }, "png")).toBe("file-bias-head1.png")
    expect(fileName({ ...made, file: "a/b <c>" }, lines, { head: 0 }, "csv")).toBe("a_b_c_-curve-head0.csv")
  })

  it("is written as SVG with its words escaped", () => {
    const text = svg(scene(made, { ...lines, title: 'a "<b>" & c' }, { head: 0, step: 1 }), "sans-serif")
    const parsed = new DOMParser().parseFromString(text, "image/svg+xml")
    expect(parsed.querySelector("parsererror")).toBeNull()
    expect(text).toContain("a &quot;&lt;b&gt;&quot; &amp; c")
    expect(text).toContain("own &lt;points&gt;")
    expect(text).toContain("<polyline")
    const cells = svg(scene(made, matrix, { head: 0, at: 1, key: 3 }), "sans-serif")
    expect(cells.match(/<rect/g)!.length).toBeGreaterThan(11)
    expect(cells).toContain(">−")
    expect(cells).not.toMatch(/>-\d/)
  })

  it("has its whole title above it, in as many lines as it takes", () => {
    const words = "Mean over heads; the band runs from the smallest head to the largest of them all"
    expect(folded("short", 300)).toEqual(["short"])
    expect(folded(words, 300).join(" ")).toBe(words)
    for (const line of folded(words, 300)) expect(line.length * 7.5).toBeLessThanOrEqual(300)
    expect(folded("aVeryLongWordThatFitsNowhere and", 50)).toEqual(["aVeryLongWordThatFitsNowhere", "and"])
    const view = (title: string) => ({ ...scene(made, { ...lines, title }, { head: 0, step: 1 }), width: 300 })
    const [one, many] = [svg(view("short"), "sans"), svg(view(words), "sans")].map((text) => {
      const drawn = new DOMParser().parseFromString(text, "image/svg+xml").documentElement
      const bold = [...drawn.querySelectorAll('text[font-weight="600"]')]
      return { height: Number(drawn.getAttribute("height")), bold: bold.map((text) => text.textContent) }
    })
    expect(many!.bold.join(" ")).toContain(words)
    expect(many!.height - one!.height).toBe(16 * (many!.bold.length - one!.bold.length))
  })
})

describe("a graph", () => {
  const drawn: GraphPanel = {
    ...common("graph"), kind: "graph", where: "where", edges: [[0, 1], [1, 0], [1, 2]], node: "node", values: "re",
    imaginary: "im", limit: 1,
  }
  const graph = board({ node: axis(3, { title: "node" }), eigenvector: axis(2) }, [drawn], {
    where: [["node", "xy"], [3, 2], [-1, 0, 0, 1, 1, 0]],
    re: [["node", "eigenvector"], [3, 2], [1, 2, 3, 4, 5, 6]],
    im: [["node", "eigenvector"], [3, 2], [0, 0, -7, 0, 0, 0]],
  })
  const here = scene(graph, drawn, { node: 1, eigenvector: 0 })
  const kind = kindOf(drawn)

  it("finds the node under the pointer, and none between them", () => {
    expect(kind.hit(here, 190, 190 * (1 - 0.74))).toEqual({ node: 1 })
    expect(kind.hit(here, 190 * (1 + 0.74) + 8, 195)).toEqual({ node: 2 })
    expect(kind.hit(here, 190, 190)).toBeNull()
  })

  it("tells the parts of the chosen node's number, and has a row for each node", () => {
    expect(kind.said(here).map(({ value }) => value)).toEqual([3, -7])
    expect(kind.table(here)).toEqual([["node", "real part", "imaginary part"], ["0", 1, 0], ["1", 3, -7], ["2", 5, 0]])
  })

  it("has one line for a link of both ways, and a head where it leads one way", () => {
    const text = (edges: [number, number][]) => svg(scene(graph, { ...drawn, edges, imaginary: null }, { node: 0, eigenvector: 0 }), "sans")
    const lines = (edges: [number, number][]) => text(edges).match(/<polyline/g)?.length ?? 0
    const heads = (edges: [number, number][]) => text(edges).match(/<polygon/g)?.length ?? 0
    expect(lines([[0, 1], [1, 0]]) - lines([])).toBe(1)
    expect([heads([[0, 1], [1, 0]]), heads([[0, 1]])]).toEqual([0, 1])
  })
})

describe("CSV", () => {
  it("reads back as the same numbers, with words quoted where they must be", () => {
    const third = Math.fround(1 / 3)
    const text = csv([["a,b", 'say "x"', "c"], [third, -0.5, 1e-20]])
    expect(text.split("\n")[0]).toBe('"a,b","say ""x""",c')
    expect(text.split("\n")[1]!.split(",").map((word) => Math.fround(Number(word)))).toEqual([third, -0.5, Math.fround(1e-20)])
  })
})
