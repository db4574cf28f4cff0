import { describe, expect, it } from "vitest"
import { differenceOf, otherOf } from "../src/walkthrough/compare"
import type { Changes, Compared } from "../src/walkthrough/compared"
import { Source } from "../src/walkthrough/data"
import type { Explanation } from "../src/walkthrough/types"
import type { Lacking } from "../src/leave/answers"
import { minus } from "../src/leave/differences"
import { Held, type Chunks } from "../src/leave/held"
import { opened } from "../src/leave/passes"
import written from "./leave_pair.json"

const CHUNKS = written.chunks as Record<string, string>
const LACKING: Lacking = { cells: "no cells of {what}", explanation: "no explanation of {what}", terms: "only {n} terms", other: "no {what}" }
const BASE = "http://file.invalid/"

const chunks = (without: RegExp = /^$/): Chunks => ({
  has: (name) => name in CHUNKS && !without.test(name),
  bytes: async (name) => Uint8Array.from(atob(CHUNKS[name]!), (sign) => sign.charCodeAt(0)),
})

async function both(language = "en", held = chunks()) {
  const { manifest, told, ask } = await opened(held, language, LACKING, [{}, {}])
  const other = otherOf(manifest, told!)
  const between = differenceOf(manifest, other, told!)
  const [mine, theirs, difference] = [manifest, other, between].map((one) => new Source(BASE, one, ask)) as [Source, Source, Source]
  return { told: told as Compared, ask, mine, theirs, difference }
}

describe("a file of two passes", () => {
  it("subtracts cell by cell as Python does", async () => {
    const { mine, theirs, difference } = await both()
    for (const [name, numbers] of Object.entries(written.cells)) {
      const found = await difference.cells(name)
      expect([...found.values], name).toEqual([...Float32Array.from(numbers, Number)])
      expect(found.kind).toBe("signed")
    }
    const name = "blocks.0.attn.z"
    const [one, other] = [await mine.cells(name), await theirs.cells(name)]
    expect([...(await difference.cells(name)).values]).toEqual([...minus(other.values, one.values)])
    expect(other.values.some((value, i) => value !== one.values[i])).toBe(true)
  })

  it("subtracts what is no number as Python does", () => {
    const [one, other] = [[-Infinity, 1, NaN, Infinity, 0.1], [-Infinity, -Infinity, NaN, 2, 0.3]].map((values) => Float32Array.from(values))
    expect([...minus(other!, one!)]).toEqual([0, -Infinity, NaN, -Infinity, Math.fround(Math.fround(0.3) - Math.fround(0.1))])
  })

  it("makes overviews of differences", async () => {
    const { difference } = await both()
    const found = await difference.overview("blocks.0.mlp.pre", 2, 2, { position: [0, 3], d_mlp: [0, 4] })
    expect([...found.values]).toEqual(written.overview.map(Math.fround))
  })

  it.each(["en", "zh"] as const)("explains differences to the last bit in %s", async (language) => {
    const { difference } = await both(language)
    expect(written.explained.length).toBeGreaterThan(15)
    for (const one of written.explained as unknown as ({ name: string; cell: number[] } & Record<string, Explanation>)[]) {
      const found = await difference.explain(one.name, one.cell, 1000)
      const wanted = one[language]!
      // Terms of one size may come in either order: the same ones, in falling size.
      const bare = ({ terms, ...rest }: Explanation) => ({ ...rest, terms: [...terms].sort((a, b) => a.place - b.place) })
      expect(bare(found), `${one.name} ${one.cell}`).toEqual(bare(wanted))
      expect(found.terms.map(({ share }) => Math.abs(share))).toEqual(wanted.terms.map(({ share }) => Math.abs(share)))
    }
  })

  it("tells how stages differ and what becomes of the answer", async () => {
    const { told, ask } = await both()
    const asked = async (route: string) => (await ask(`${BASE}data/${told.pair}/${route}?lang=en`)).json()
    expect(((await asked("changes")) as Changes).first).toBe("blocks.0.attn.z")
    expect(await asked("changes")).toEqual(written.changes)
    expect(await asked("answers")).toEqual(written.answers)
  })

  it("begins with the cell that differs most, and else with that of this pass", async () => {
    const rows = (written.changes as unknown as Changes).stages
    const pages = Object.fromEntries(rows.map(({ name }) => [name, { name, choice: [7] }]))
    const kept = chunks()
    const paged: Chunks = {
      has: (name) => name === "pages.en" || kept.has(name),
      bytes: async (name) => (name === "pages.en" ? new TextEncoder().encode(JSON.stringify(pages)) : kept.bytes(name)),
    }
    const { mine, difference } = await both("en", paged)
    expect(rows.some(({ at }) => at === null)).toBe(true)
    for (const { name, at } of rows) {
      expect((await difference.page(name)).choice, name).toEqual(at ?? [7])
      expect((await mine.page(name)).choice).toEqual([7])
    }
  })

  it("says what of the difference it lacks", async () => {
    const { difference } = await both("en", chunks(/changes|^difference\/explain/))
    await expect(difference.cells("blocks.0.mlp.W_in")).rejects.toThrow("no cells of blocks.0.mlp.W_in")
    await expect(difference.explain("logits", [0, 0])).rejects.toThrow("no explanation of logits")
  })
})

describe("a chunk that is the same as another", () => {
  it("is read where that one is", async () => {
    const text = btoa(String.fromCharCode(...new Uint8Array(await new Response(new Blob(["7"]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer())))
    const page = new DOMParser().parseFromString(
      `<script type="text/plain" data-held="a">${text}</script><script type="text/plain" data-held="other/a" data-as="a"></script>
       <script type="text/plain" data-held="b" data-as="b"></script>`,
      "text/html",
    )
    const held = new Held(page)
    expect(new TextDecoder().decode(await held.bytes("other/a"))).toBe("7")
    await expect(held.bytes("b")).rejects.toThrow()
  })
})
