import { describe, expect, it } from "vitest"
import { cellAt, place, valueAt } from "../src/paint/draw"
import { between, Painting } from "../src/paint/painting"

function matrix(ahead = false): Painting {
  return new Painting(2, 4, 4, new Float32Array(32), ahead)
}

describe("painting", () => {
  it("paints one head or all, and never what the mask hides", () => {
    const p = matrix()
    p.dab(0, 2, 1, 1.5, 1)
    expect(p.at(0, 2, 1)).toBe(1.5)
    expect(p.at(1, 2, 1)).toBe(0)
    p.dab(null, 3, 3, -2, 3)
    expect([p.at(0, 3, 2), p.at(1, 3, 3), p.at(1, 2, 2)]).toEqual([-2, -2, -2])
    expect(p.at(0, 2, 3)).toBe(0)
    const seen = matrix(true)
    seen.dab(0, 0, 3, 1, 1)
    expect(seen.at(0, 0, 3)).toBe(1)
  })

  it("undoes a stroke as one, and does it again", () => {
    const p = matrix()
    p.begin()
    for (const [row, col] of between([1, 0], [3, 2])) p.set(0, row, col, 4)
    p.end()
    expect([p.at(0, 1, 0), p.at(0, 2, 1), p.at(0, 3, 2)]).toEqual([4, 4, 4])
    p.clear(null)
    expect(p.at(0, 2, 1)).toBe(0)
    expect(p.undo()).toBe(true)
    expect(p.at(0, 2, 1)).toBe(4)
    expect(p.undo()).toBe(true)
    expect(Math.max(...p.values)).toBe(0)
    expect(p.undo()).toBe(false)
    expect(p.redo()).toBe(true)
    expect(p.at(0, 3, 2)).toBe(4)
    p.set(0, 3, 3, 1)
    expect(p.canRedo).toBe(false)
  })

  it("a stroke that changes nothing is none", () => {
    const p = matrix()
    p.set(0, 1, 1, 0)
    expect(p.canUndo).toBe(false)
  })

  it("tells Python the numbers and their shape", () => {
    const curve = new Painting(2, 1, 3, Float32Array.from([0, 1, 2, 3, 4, 5]), false)
    curve.set(1, 0, 2, -1.5)
    expect(curve.message()).toEqual({ shape: [2, 3], values: [0, 1, 2, 3, 4, -1.5] })
    expect(matrix().message().shape).toEqual([2, 4, 4])
    expect(() => new Painting(1, 2, 2, new Float32Array(3), true)).toThrow("2 × 2")
  })

  it("finds cells and values under a point", () => {
    const p = matrix()
    const box = place(p, 300)
    expect(cellAt(p, box, box.left + 1, box.top + 1)).toEqual([0, 0])
    expect(cellAt(p, box, box.left + box.width - 1, box.top + box.height - 1)).toEqual([3, 3])
    expect(cellAt(p, box, box.left - 1, box.top)).toBeNull()
    const curve = place(new Painting(1, 1, 8, new Float32Array(8), false), 300)
    expect(valueAt(curve, curve.top, 4)).toBe(4)
    expect(valueAt(curve, curve.top + curve.height / 2, 4)).toBeCloseTo(0)
    expect(valueAt(curve, curve.top + 2 * curve.height, 4)).toBe(-4)
  })
})
