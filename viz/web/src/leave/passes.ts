/** The pass that a file holds, or the two, in one language: what the walkthrough needs to show them. */
import { differenceOf, otherOf } from "../walkthrough/compare"
import type { Compared } from "../walkthrough/compared"
import type { Manifest } from "../walkthrough/types"
import { Answers, type Lacking } from "./answers"
import { Differences } from "./differences"
import { type Chunks, json, within } from "./held"
import type { About } from "./types"

export interface Opened {
  manifest: Manifest
  /** Of the pass to compare with, if there is one. */
  told: Compared | undefined
  /** As `fetch`, for addresses of the data routes. */
  ask: typeof fetch
}

export async function opened(chunks: Chunks, language: string, lacking: Lacking, shapes: About["shapes"]): Promise<Opened> {
  const manifest = await json<Manifest>(chunks, `manifest.${language}`)
  const mine = new Answers(chunks, manifest, lacking, shapes[0])
  if (!chunks.has(`compared.${language}`)) return { manifest, told: undefined, ask: mine.ask }
  const told = await json<Compared>(chunks, `compared.${language}`)
  const theirs = otherOf(manifest, told)
  const other = new Answers(within(chunks, "other/"), theirs, lacking, shapes[1])
  const between = differenceOf(manifest, theirs, told)
  const difference = new Differences(within(chunks, "difference/"), between, lacking, shapes[0]!, mine, other)
  const sides = new Map([manifest, theirs, between].map(({ trace }, i) => [trace, [mine, other, difference][i]!]))
  return { manifest, told, ask: (input, init) => sides.get(traceOf(String(input)))!.ask(input, init) }
}

/** Of an address of a data route: ".../data/{trace}/cells?..." */
function traceOf(address: string): string {
  return new URL(address).pathname.split("/").at(-2)!
}
