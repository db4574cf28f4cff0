import { describe, expect, it } from "vitest"
import { Answers, type Lacking } from "../src/leave/answers"
import { type Chunks, Held, json } from "../src/leave/held"
import { shrunk } from "../src/leave/shrink"
import { Source } from "../src/walkthrough/data"
import type { Explanation, Manifest } from "../src/walkthrough/types"
import written from "./leave.json"

type Compared = { name: string; cell: number[]; en: Explanation; zh: Explanation; readers: unknown[][] }

const CHUNKS = written.chunks as Record<string, string>
const EXPLAINED = written.explained as unknown as Compared[]
const LACKING: Lacking = { cells: "no cells of {what}", explanation: "no explanation of {what}", terms: "only {n} terms", other: "no {what}" }

const bytesOf = (text: string) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))
/** What Python wrote, without some of it. */
const chunks = (without: RegExp = /^$/): Chunks => ({
  has: (name) => name in CHUNKS && !without.test(name),
  bytes: async (name) => bytesOf(CHUNKS[name]!),
})

async function opened(language = "en", held = chunks()): Promise<{ manifest: Manifest; source: Source }> {
  const manifest = await json<Manifest>(held, `manifest.${language}`)
  const ask = new Answers(held, manifest, LACKING).ask
  return { manifest, source: new Source("http://file.invalid/", manifest, ask) }
}

describe.each(["en", "zh"] as const)("explanations out of a file in %s", (language) => {
  it("are to the last bit those of Python, and so is what reads the cells", async () => {
    const { source } = await opened(language)
    expect(EXPLAINED.length).toBeGreaterThan(20)
    for (const one of EXPLAINED) {
      const found = await source.explain(one.name, one.cell, 1000)
      expect({ ...found, places: found.places.map((pair) => [...pair]) }).toEqual(one[language])
      const readers = await source.readers(one.name, one.cell)
      expect(readers.map(({ name, ranges, count, example }) => [name, ranges, count, example])).toEqual(one.readers)
    }
  })
})

describe("a file", () => {
  it("gives the largest terms where not all are asked for", async () => {
    const { source } = await opened()
    const one = EXPLAINED.find(({ en }) => en.terms.length > 3)!
    const found = await source.explain(one.name, one.cell, 2)
    expect(found.n_terms).toBe(one.en.n_terms)
    expect(found.terms).toEqual(one.en.terms.slice(0, 2))
  })

  it("gives cells by window, of a stage that is another's tensor too", async () => {
    const { manifest, source } = await opened()
    const stage = manifest.stages.find(({ same_as, shape }) => same_as && shape.length === 2)!
    const whole = await source.cells(stage.same_as!)
    const window = await source.cells(stage.name, { [stage.axes[0]!]: 1, [stage.axes[1]!]: [2, 4] })
    expect([...window.values]).toEqual([...whole.values.slice(stage.shape[1]! + 2, stage.shape[1]! + 4)])
    expect(window.limits).toEqual(whole.limits)
  })

  it("makes overviews of a range of what it holds", async () => {
    const { source } = await opened()
    const whole = await source.cells("blocks.0.attn.W_Q")
    const [, rows, cols] = [2, 4, 2]
    const found = await source.overview("blocks.0.attn.W_Q", 2, 2, { head: 1, d_model: [0, 4], d_head: [0, 2] })
    expect([found.bin, found.rows, found.cols]).toEqual([[2, 1], 2, 2])
    const head = whole.values.slice(rows * cols)
    const strongest = (one: number, other: number) => (Math.abs(one) > Math.abs(other) ? one : other)
    expect([...found.values]).toEqual([0, 1, 4, 5].map((at) => strongest(head[at]!, head[at + 2]!)))
  })

  it("joins faces, and names tokens", async () => {
    const { source } = await opened()
    const names = ["blocks.0.attn.q", "W_E", "probs"]
    const found = await source.faces(names, 256, new AbortController().signal)
    expect(found.map(({ name }) => name).sort()).toEqual([...names].sort())
    for (const face of found) expect(face.patches.length).toBe(face.slabs * face.rows * face.cols)
    expect(await source.pieces([4, 0])).toEqual(["4", "0"])
    expect((await source.readout()).rows).toHaveLength(3)
  })

  it("says what it does not hold, by name", async () => {
    const { source } = await opened("en", chunks(/^cells:W_E$|^(explain|readers):probs$|^readout/))
    await expect(source.cells("W_E")).rejects.toThrow("no cells of W_E")
    await expect(source.overview("W_E", 2, 2, {})).rejects.toThrow("no cells of W_E")
    await expect(source.explain("probs", [0, 0])).rejects.toThrow("no explanation of probs")
    await expect(source.readers("probs", [0, 0])).rejects.toThrow("no explanation of probs")
    await expect(source.readout()).rejects.toThrow("no readout")
    await expect(source.cells("logits")).resolves.toBeTruthy()
  })

  it("gives nothing to who has left", async () => {
    const { source } = await opened()
    const stop = new AbortController()
    const asked = source.cells("probs", {}, stop.signal)
    stop.abort(new DOMException("", "AbortError"))
    await expect(asked).rejects.toThrow()
  })
})

describe("chunks in a document", () => {
  it("are inflated; a damaged one is an error", async () => {
    const page = new DOMParser().parseFromString("<p></p>", "text/html")
    const add = (name: string, text: string) => {
      const place = page.createElement("script")
      place.type = "text/plain"
      place.setAttribute("data-held", name)
      place.textContent = text
      page.body.append(place)
    }
    const stream = new Blob(['{"a": 1}']).stream().pipeThrough(new CompressionStream("gzip"))
    const packed = new Uint8Array(await new Response(stream).arrayBuffer())
    add("good", btoa(String.fromCharCode(...packed)))
    add("bad", btoa("no gzip"))
    const held = new Held(page)
    expect([held.has("good"), held.has("other")]).toEqual([true, false])
    expect(await json(held, "good")).toEqual({ a: 1 })
    await expect(held.bytes("bad")).rejects.toThrow()
    await expect(held.bytes("other")).rejects.toThrow("no other")
  })
})

describe("overviews in the browser", () => {
  const number = (name: string) => (name.endsWith("inf") ? Number(name.replace("inf", "Infinity")) : Number(name))
  it.each(written.overviews)("of $shape are Python's", ({ shape, most, bins, values, shown }) => {
    const found = shrunk(Float32Array.from(values, number), shape, most)
    expect(found.bins).toEqual(bins)
    expect([...found.values]).toEqual([...Float32Array.from(shown, number)])
  })
})
