/** When a picture says that all of it is painted: sooner or later always, whatever became of earlier requests. */
import { render } from "preact"
import { act } from "preact/test-utils"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Source } from "../src/walkthrough/data"
import { Picture } from "../src/walkthrough/picture/picture"
import type { Manifest } from "../src/walkthrough/types"
import { FIRST } from "../src/walkthrough/view"
import { served, silent } from "./served"
import networks from "./stages.json"

const whole = networks["positional=learned"] as unknown as Manifest
const trace = (id: string) =>
  ({ ...whole, trace: id, language: "en", axes: {}, steps: whole.stages.map((_, stage) => ({ stage, show: "stage", chapter: 0 })) }) as unknown as Manifest
const step = (name: string) => whole.stages.findIndex((stage) => stage.name === name)
const SCORES = step("blocks.0.attn.attn_scores")
const theme = { dark: false, inks: { ink: "#111", page: "#fff", lit: "#0a7a1f", pin: "#e0218a" } }

describe("a picture is ready", () => {
  const host = document.createElement("div")
  const onReady = vi.fn()
  const first = trace("first")
  beforeEach(() => {
    document.body.replaceChildren(host)
    onReady.mockClear()
  })
  afterEach(() => act(() => render(null, host)))

  function show(manifest: Manifest, source: Source, at = SCORES, head: number | null = 0): void {
    const hands = { lit: [], peek: null, onPeek: () => {}, onPin: () => {}, onToken: () => {}, onReady }
    act(() => render(<Picture manifest={manifest} view={{ ...FIRST, step: at, head }} source={source} theme={theme} ui={{}} {...hands} />, host))
  }
  const from = (manifest: Manifest, ask = served(manifest)) => new Source("http://here/", manifest, ask)
  const isReady = () => vi.waitFor(() => expect(onReady).toHaveBeenCalled())

  it("when another trace comes while the numbers of the one before are still awaited", async () => {
    show(first, from(first, silent))
    expect(onReady).not.toHaveBeenCalled()
    const next = trace("next")
    show(next, from(next))
    await isReady()
  })

  it("when another trace comes and the one before is not kept any more", async () => {
    show(first, from(first, async () => {
      await new Promise((wait) => setTimeout(wait, 5))
      return Response.json({ error: "this trace is not kept any more" }, { status: 404 })
    }))
    const next = trace("next")
    show(next, from(next))
    await isReady()
    await vi.waitFor(() => expect(host.querySelector("[role=alert]")).toBeNull())
  })

  it("when its numbers cannot be had, and says so", async () => {
    show(first, from(first, async () => Response.json({ error: "this trace is not kept any more" }, { status: 404 })))
    await isReady()
    await vi.waitFor(() => expect(host.querySelector("[role=alert]")).not.toBeNull())
  })

  it("paints nothing of the trace before under the words of the next", async () => {
    const painted: number[] = []
    const context = { putImageData: vi.fn(), measureText: () => ({ width: 1 }) }
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(
      () =>
        new Proxy(context, {
          get: (_, name) => (name === "fillText" ? (text: string) => painted.push(Number(text)) : name === "measureText" ? context.measureText : () => {}),
          set: () => true,
        }) as never,
    )
    show(first, from(first))
    await isReady()
    expect(painted).toContain(0.5)
    painted.length = 0
    const next = trace("next")
    show(next, from(next, silent))
    expect(painted).not.toContain(0.5)
    vi.restoreAllMocks()
  })

  it("when a person hurries on, and what was asked for in passing is given up", async () => {
    const slow: typeof fetch = async (input, init) => {
      await new Promise((wait) => setTimeout(wait, 3))
      if (init?.signal?.aborted) throw init.signal.reason
      return served(first)(input, init)
    }
    const source = from(first, slow)
    for (const name of ["blocks.0.attn.q", "blocks.0.attn.qk", "blocks.0.attn.attn_scores", "blocks.0.attn.qk"]) show(first, source, step(name))
    await isReady()
    onReady.mockClear()
    show(first, source)
    show(first, source, step("blocks.0.attn.pattern"), null)
    await isReady()
  })

  it("when the matrix that was waited for has left, and when it comes back", async () => {
    const waiting: (() => void)[] = []
    const held: typeof fetch = async (input, init) => {
      if (String(input).includes("attn.qk")) await new Promise<void>((go, stop) => {
        waiting.push(go)
        init?.signal?.addEventListener("abort", () => stop(init.signal!.reason))
      })
      return served(first)(input, init)
    }
    const source = from(first, held)
    show(first, source)
    show(first, source, step("blocks.0.attn.q"))
    await isReady()
    onReady.mockClear()
    show(first, source)
    expect(onReady).not.toHaveBeenCalled()
    await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0))
    for (const go of waiting) go()
    await isReady()
  })
})
