import { beforeEach, describe, expect, it } from "vitest"
import { Source } from "../src/walkthrough/data"
import type { Manifest } from "../src/walkthrough/types"
import { encode } from "./messages"

const SIZE = 10
const asked: string[] = []
let answers: (() => void)[] | null = null

const stage = (name: string, more = {}) => ({ name, title: name, axes: ["query", "key"], shape: [SIZE, SIZE], kind: "signed", ...more })
const manifest = {
  trace: "T",
  language: "en",
  stages: [stage("a"), stage("b", { same_as: "a" }), stage("none", { shape: [0, SIZE] })],
  weights: { W: { axes: ["head", "d_model"], shape: [2, 3], kind: "signed", title: "W" } },
} as unknown as Manifest

/** Number of the cell at (row, col): row * 100 + col. */
const fake: typeof fetch = async (input, init) => {
  const url = new URL(String(input))
  asked.push(url.pathname.split("/").at(-1) + url.search)
  if (answers) {
    await new Promise<void>((resolve, reject) => {
      answers!.push(resolve)
      init?.signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")))
    })
  }
  if (url.searchParams.get("stage") === "bad") return Response.json({ error: "no such stage" }, { status: 404 })
  if (url.pathname.endsWith("page")) return Response.json({ name: url.searchParams.get("stage") })
  const shape = url.searchParams.get("stage") === "none" ? [0, SIZE] : [SIZE, SIZE]
  const [rows, cols] = ["query", "key"].map((axis, i) => (url.searchParams.get(axis) ?? `0:${shape[i]}`).split(":").map(Number))
  const values: number[] = []
  for (let row = rows![0]!; row < rows![1]!; row++) for (let col = cols![0]!; col < cols![1]!; col++) values.push(row * 100 + col)
  const tensor = {
    ...stage(url.searchParams.get("stage")!),
    shape: [rows![1]! - rows![0]!, cols![1]! - cols![0]!],
    offset: 0,
    origin: { query: rows![0], key: cols![0] },
    limits: { low: 0, high: 999, robust: 900, clipped: 1 },
  }
  return new Response(encode({ version: 1, tensors: [tensor] }, Float32Array.from(values)) as BodyInit)
}

let source: Source
beforeEach(() => {
  asked.length = 0
  answers = null
  source = new Source("http://here/", manifest, fake)
})

describe("cells", () => {
  it("are asked for by range, and once", async () => {
    const window = await source.cells("a", { query: [2, 4], key: 5 })
    expect(asked).toEqual(["cells?stage=a&query=2:4&key=5:6&lang=en"])
    expect([...window.values]).toEqual([205, 305])
    await source.cells("a", { query: [2, 4], key: 5 })
    expect(asked).toHaveLength(1)
    expect(source.stats.values).toBe(8)
    expect(source.stats.metadata).toBeGreaterThan(0)
  })

  it("that are inside of held windows are cut out of them", async () => {
    await source.cells("a", { query: [0, 6] })
    expect([...(await source.cells("a", { query: [4, 5], key: [7, 9] })).values]).toEqual([407, 408])
    expect(source.peekCells("a", { query: 0, key: 3 })!.values[0]).toBe(3)
    expect(source.peekCells("a", { query: 6 })).toBeNull()
    expect(asked).toHaveLength(1)
  })

  it("of overlapping windows are fetched once each", async () => {
    await source.cells("a", { query: [0, 6], key: [0, 6] })
    const whole = await source.cells("a")
    expect(whole.values).toHaveLength(SIZE * SIZE)
    for (let cell = 0; cell < 100; cell++) expect(whole.values[cell]).toBe(Math.floor(cell / 10) * 100 + (cell % 10))
    expect(source.stats.values).toBe(4 * SIZE * SIZE)
  })

  it("on their way are waited for, not asked for again", async () => {
    answers = []
    const one = source.cells("a", { query: [0, 5] })
    const two = source.cells("a", { query: [3, 8] })
    await Promise.resolve()
    expect(asked).toEqual(["cells?stage=a&query=0:5&lang=en", "cells?stage=a&query=5:8&lang=en"])
    for (const answer of answers) answer()
    answers = null
    expect((await one).values).toHaveLength(50)
    expect((await two).values[0]).toBe(300)
  })

  it("of a stage that is the same as another are that stage's", async () => {
    await source.cells("b", { query: 1 })
    expect(source.peekCells("a", { query: 1, key: 1 })!.values[0]).toBe(101)
    expect(asked).toEqual(["cells?stage=a&query=1:2&lang=en"])
  })

  it("may be none", async () => {
    expect((await source.cells("none")).values).toHaveLength(0)
  })

  it("that left the view are given up, and can be asked for again", async () => {
    answers = []
    const stop = new AbortController()
    const left = source.cells("a", { query: 0 }, stop.signal)
    stop.abort(new DOMException("", "AbortError"))
    await expect(left).rejects.toThrow(DOMException)
    answers = null
    expect((await source.cells("a", { query: 0 })).values[1]).toBe(1)
  })

  it("that another still waits for are not given up", async () => {
    answers = []
    const stop = new AbortController()
    source.cells("a", { query: 0 }, stop.signal).catch(() => {})
    const stays = source.cells("a", { query: 0 })
    stop.abort(new DOMException("", "AbortError"))
    await Promise.resolve()
    for (const answer of answers) answer()
    expect((await stays).values).toHaveLength(SIZE)
    expect(asked).toHaveLength(1)
  })
})

describe("other answers", () => {
  it("are kept, and errors are the server's words", async () => {
    expect(source.peekPage("a")).toBeUndefined()
    await source.page("a")
    await source.page("a")
    expect(source.peekPage("a")).toEqual({ name: "a" })
    expect(asked).toEqual(["page?stage=a&lang=en"])
    await expect(source.page("bad")).rejects.toThrow("no such stage")
  })

  it("that came with the page are not asked for", async () => {
    const values = Float32Array.from({ length: 100 }, (_, cell) => cell)
    const tensor = { ...stage("a"), offset: 0, origin: {}, limits: { low: 0, high: 9, robust: 9, clipped: 0 }, values }
    source.seed([tensor as never], { a: { name: "a" } as never })
    expect((await source.cells("a", { query: 3, key: 4 })).values[0]).toBe(34)
    expect(await source.page("a")).toEqual({ name: "a" })
    expect(asked).toEqual([])
  })

  it("are fetched ahead two at a time, and failures ahead are silent", async () => {
    answers = []
    source.prefetch([0, 1, 2].map((query) => ({ name: query === 2 ? "bad" : "a", ranges: { query } })))
    await Promise.resolve()
    expect(asked).toHaveLength(2)
    const first = answers
    answers = null
    for (const answer of first) answer()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(source.peekCells("a", { query: 1 })).not.toBeNull()
  })

  it("are counted once when they are in view", async () => {
    const window = { name: "a", ranges: { query: [0, 4] as const, key: [0, 5] as const } }
    await source.load(window)
    source.show(window)
    source.show({ ...window, ranges: { query: [2, 6], key: [0, 5] } })
    expect(source.stats.shown).toBe(6 * 5 * 4)
    expect(source.stats.values).toBe(4 * 5 * 4)
  })
})
