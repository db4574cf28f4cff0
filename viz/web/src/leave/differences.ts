/** Answers about what two passes of a file differ in, as the data routes answer `other~this`. */
import type { Changes } from "../walkthrough/compared"
import type { Limits, Manifest, StagePage } from "../walkthrough/types"
import { Answers, type Asked, type Lacking, type Whole } from "./answers"
import type { Chunks } from "./held"
import { write } from "./write"

/** What is said of a stage is said of it in this pass. */
const OF_THIS = new Set(["readers", "readout", "pieces"])

export class Differences extends Answers {
  /** `chunks`, `manifest`: of the difference. */
  constructor(
    chunks: Chunks,
    manifest: Manifest,
    lacking: Lacking,
    shapes: Readonly<Record<string, number[]>>,
    private readonly mine: Answers,
    private readonly other: Answers,
  ) {
    super(chunks, manifest, lacking, shapes)
  }

  override async answer(route: string, asked: Asked): Promise<Uint8Array | string> {
    if (OF_THIS.has(route)) return this.mine.answer(route, asked)
    if (route === "scene" && asked.has("layout")) return this.mine.answer(route, asked)
    if (route === "page") return this.page(asked)
    if (route === "changes") return this.bytes(route, this.lacking.other, route)
    if (route === "answers") return this.bytes(`answers.${asked.get("lang")!}`, this.lacking.other, route)
    if (route === "cells" || route === "weights") return message(await this.whole(asked.get("stage") ?? asked.get("name")!))
    return super.answer(route, asked)
  }

  /** That of this pass; what is shown first is the cell in which the two differ most, as `page_of_both` of viz/stage_page.py. */
  private async page(asked: Asked): Promise<string> {
    const page = JSON.parse((await this.mine.answer("page", asked)) as string) as StagePage
    if (!this.chunks.has("changes")) return JSON.stringify(page)
    const { stages } = await this.text<Changes>("changes")
    const row = (name: string) => stages.find((one) => one.name === name)
    let home = page.name
    while (!row(home) && this.sameAs.has(home)) home = this.sameAs.get(home)!
    return JSON.stringify({ ...page, choice: row(home)?.at ?? page.choice })
  }

  /** The other less this one, cell by cell. */
  protected override async read(name: string): Promise<Whole> {
    const limits = (await this.text<Record<string, Limits>>("limits"))[name]
    if (!limits) throw this.lack(this.lacking.cells, name)
    const [mine, other] = await Promise.all([this.mine.whole(name), this.other.whole(name)])
    return { ...mine, name, kind: "signed", limits, values: minus(other.values, mine.values) }
  }
}

/** In float32, as `minus` of viz/difference.py: equal cells differ by 0, hidden ones too. */
export function minus(other: Float32Array, mine: Float32Array): Float32Array {
  return other.map((value, i) => (value === mine[i] ? 0 : value - mine[i]!))
}

function message({ values, ...header }: Whole): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  return write({ version: 1, tensors: [{ ...header, offset: 0 }] }, [bytes])
}
