import { describe, expect, it } from "vitest"
import { decode } from "../src/decode"
import { asMatrix, fit, hit, paint, step } from "../src/heatmap"
import { example, pattern } from "./messages"

describe("geometry", () => {
  it("gives square cells where there is room and fits the width where there is none", () => {
    expect(fit(4, 4, 300, 300)).toMatchObject({ cellWidth: 20, cellHeight: 20 })
    const wide = fit(11, 768, 300, 300)
    expect(wide.cellWidth * wide.cols).toBeCloseTo(300)
    expect(fit(4000, 2, 300, 300).cellHeight).toBe(2)
  })

  it("finds the cell under a point, and none outside", () => {
    const grid = fit(2, 3, 300, 300)
    expect(hit(grid, 0, 0)).toEqual([0, 0])
    expect(hit(grid, 59, 39)).toEqual([1, 2])
    expect(hit(grid, 60, 0)).toBeNull()
    expect(hit(grid, 0, -1)).toBeNull()
  })

  it("moves by arrow keys and stops at the edges", () => {
    const grid = fit(2, 3, 300, 300)
    expect(step(grid, [0, 0], "ArrowUp")).toEqual([0, 0])
    expect(step(grid, [0, 0], "ArrowDown")).toEqual([1, 0])
    expect(step(grid, [1, 2], "ArrowRight")).toEqual([1, 2])
    expect(step(grid, [1, 0], "End")).toEqual([1, 2])
    expect(step(grid, [1, 0], "Tab")).toBeNull()
  })

  it("takes a vector as one row and leaves out what is not flat", () => {
    const values = new Float32Array(8)
    expect(asMatrix({ ...pattern({ shape: [8], axes: ["d_vocab"] }), values })).toMatchObject({ rows: 1, cols: 8 })
    expect(asMatrix({ ...pattern({ shape: [2, 2, 2] }), values })).toBeNull()
  })
})

it("paints finite cells and hatches masked ones", () => {
  const calls: string[] = []
  const context = new Proxy({} as CanvasRenderingContext2D, {
    get: (_, name) => () => calls.push(String(name)),
    set: () => true,
  })
  const tensor = decode(example()).tensors[0]!
  paint(context, tensor, fit(2, 2, 100, 100), false)
  expect(calls.filter((name) => name === "fillRect")).toHaveLength(3)
  expect(calls.filter((name) => name === "clip")).toHaveLength(1)
})
