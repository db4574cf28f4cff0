import { describe, expect, it } from "vitest"
import { colourOf, css, diverging, largest, parseHex, rangeOf, sequential } from "../src/colour"

const sum = (colour: readonly number[]) => colour.reduce((total, channel) => total + channel)

describe("scales", () => {
  it("are bluer below zero and more orange above it", () => {
    for (const dark of [false, true]) {
      const [lowRed, , lowBlue] = diverging(-0.7, dark)
      const [highRed, , highBlue] = diverging(0.7, dark)
      expect(lowBlue).toBeGreaterThan(lowRed)
      expect(highRed).toBeGreaterThan(highBlue)
    }
  })

  it("melt into the page at zero", () => {
    expect(sum(diverging(0, false))).toBeGreaterThan(720)
    expect(sum(diverging(0, true))).toBeLessThan(90)
  })

  it("grow brighter along the sequential scale, and stop at its ends", () => {
    const steps = [0, 0.25, 0.5, 0.75, 1].map((position) => sum(sequential(position)))
    expect(steps).toEqual([...steps].sort((a, b) => a - b))
    expect(sequential(7)).toEqual(sequential(1))
    expect(sequential(-7)).toEqual(sequential(0))
  })

  it("have no colour for what is not finite", () => {
    for (const value of [NaN, Infinity, -Infinity]) expect(colourOf(value, "signed", 1, false)).toBeNull()
    expect(colourOf(0, "probability", 1, false)).toEqual(sequential(0))
  })
})

describe("ranges", () => {
  it("leave out what is not finite and are never zero", () => {
    expect(largest([1, -3, -Infinity, NaN])).toBe(3)
    expect(largest([0, -Infinity])).toBe(1)
  })

  it("are fixed for probabilities, given by the sender, or found", () => {
    expect(rangeOf({ kind: "probability", values: [0.1] })).toBe(1)
    expect(rangeOf({ kind: "signed", values: [0.1], range: 5 })).toBe(5)
    expect(rangeOf({ kind: "signed", values: [0.1, -2] })).toBe(2)
  })
})

it("reads and writes colours", () => {
  expect(parseHex("#0a10ff")).toEqual([10, 16, 255])
  expect(css([10, 16, 255])).toBe("rgb(10, 16, 255)")
})
