/** The data routes, for the tests: every cell of a trace is 0.5. */
import type { Manifest } from "../src/walkthrough/types"
import { encode } from "./messages"

const limits = { low: -8, high: 2, robust: 2, clipped: 1 }

export function served(manifest: Manifest): typeof fetch {
  return async (input) => {
    const { searchParams: asked } = new URL(String(input))
    const weight = asked.get("name")
    const info = weight ? { name: weight, ...manifest.weights[weight]! } : manifest.stages.find(({ name }) => name === asked.get("stage"))
    if (!info) return Response.json({ error: "not here" }, { status: 404 })
    const ranges = info.axes.map((axis, i) => (asked.get(axis) ?? `0:${info.shape[i]}`).split(":").map(Number))
    const shape = ranges.map(([start, stop]) => stop! - start!)
    const tensor = { ...info, shape, offset: 0, origin: Object.fromEntries(info.axes.map((axis, i) => [axis, ranges[i]![0]])), limits }
    return new Response(encode({ version: 1, tensors: [tensor] }, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5)) as BodyInit)
  }
}

/** Asks that never end, unless they are given up. */
export const silent: typeof fetch = (_, init) =>
  new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal!.reason)))
