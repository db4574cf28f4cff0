/** The component, mounted on a small trace for each test of the file that imports this, and taken away after it. */
import { act } from "preact/test-utils"
import { afterEach, beforeEach, vi } from "vitest"
import walkthrough from "../src/components/walkthrough"
import type { Explanation, Manifest } from "../src/walkthrough/types"
import { encode } from "./messages"
import { manifest, page } from "./walkthrough"

export let parentElement: HTMLElement
export let cleanup: () => void
export const ask = vi.fn<(address: string) => Promise<Response>>()

beforeEach(() => {
  localStorage.clear()
  history.replaceState(null, "", "/walkthrough?model=sort")
  parentElement = document.createElement("div")
  document.body.replaceChildren(parentElement)
  ask.mockReset().mockImplementation(async (address) => new Response(JSON.stringify(answer(new URL(address)))))
  vi.stubGlobal("fetch", ask)
})
afterEach(() => {
  history.replaceState(null, "", "/elsewhere")
  act(() => cleanup())
})

export function answer({ pathname, searchParams }: URL): unknown {
  const name = searchParams.get("stage")!
  if (pathname.endsWith("/page")) return page(name)
  if (pathname.endsWith("/explain")) return explanation(name, searchParams.get("cell")!.split(",").map(Number))
  return { readers: [] }
}

function explanation(name: string, index: number[]): Explanation {
  const source = { name: "tokens", index: [1], value: 2 }
  return {
    name,
    index,
    value: 0.5,
    text: "0.5",
    formula: "",
    op: "sum",
    recomputed: 0.5,
    n_terms: 2,
    terms: [
      { place: 0, label: "tokens[1]", value: 0.75, share: 1, sources: [source] },
      { place: 1, label: "bias", value: "-inf", share: -0.3, sources: [] },
    ],
    worked: "",
    words: "",
    places: [["position", "1"]],
  }
}

export function message(trace: Manifest = manifest()): Uint8Array {
  const limits = { low: 0, high: 2, robust: 2, clipped: 0 }
  const where = { axes: ["position"], shape: [4], offset: 0, origin: {}, limits }
  const tensor = { name: "tokens", title: "Tokens", kind: "index", ...where }
  const header = { version: 1, tensors: [tensor], manifest: trace, pages: { tokens: page("tokens") } }
  return encode(header, Float32Array.of(0, 1, 0, 2))
}

export const mount = (data: unknown = message()) => act(() => void (cleanup = walkthrough({ parentElement, data })))
export const root = () => parentElement.querySelector<HTMLElement>("[data-glassformer=walkthrough]")!
export const press = (key: string) => {
  act(() => void document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })))
}
export const stage = () => root().dataset.stage
