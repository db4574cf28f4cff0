import { describe, expect, it } from "vitest"
import { exact, parsed, short, signed } from "../src/format"

describe("exact", () => {
  it("writes the shortest decimal of a float32", () => {
    expect(exact(Math.fround(0.1))).toBe("0.1")
    expect(exact(Math.fround(1 / 3))).toBe("0.33333334")
    expect(exact(16777216)).toBe("16777216")
    expect(exact(Math.fround(1e-7))).toBe("1e-7")
    expect(exact(2 ** 90)).toBe("1.2379401e+27")
  })

  it("spells what is not finite as Python does, and keeps the sign of zero", () => {
  })

  it("has real signs, in the exponent too", () => {
    expect([-0.75, -5.75, 2, -0].map((value) => short(value))).toEqual(["−0.75", "−5.75", "2", "0"])
    expect(short(-0.000000123456, 3)).toBe("−1.23e−7")
    expect([-Infinity, Infinity, NaN, -0, 0].map(exact)).toEqual(["-inf", "inf", "nan", "-0", "0"])
  })

  it("reads back as the same float32 for every kind of number", () => {
    const bits = new DataView(new ArrayBuffer(4))
    // A multiplicative walk over all bit patterns: every sign and exponent is met.
    for (let i = 1, pattern = 1; i < 20_000; i++, pattern = Math.imul(pattern, 747796405) + 12345) {
      bits.setInt32(0, pattern)
      const value = bits.getFloat32(0)
      if (Number.isFinite(value)) expect(Math.fround(Number(exact(value)))).toBe(value)
    }
  })
})

describe("short", () => {
  it("keeps four digits, and whole numbers whole", () => {
    expect(short(0.123456)).toBe("0.1235")
    expect(short(12345)).toBe("12345")
    expect(short(-0.00001234567)).toBe("−0.00001235")
  })

  it("has real signs, in the exponent too", () => {
    expect([-0.75, -5.75, 2, -0].map((value) => short(value))).toEqual(["−0.75", "−5.75", "2", "0"])
    expect(short(-0.000000123456, 3)).toBe("−1.23e−7")
    expect([-Infinity, Infinity, NaN, -7].map((value) => short(value))).toEqual(["−∞", "∞", "nan", "−7"])
  })
})

describe("a number as text", () => {
  it("is written with signs, and read", () => {
    expect(["-inf", "-1.5e-7", "nan", "12"].map(signed)).toEqual(["−∞", "−1.5e−7", "nan", "12"])
    expect(["1.3438554e-05", "2e+27", "-1e+00", "1e-10", "0.05"].map(signed)).toEqual(["1.3438554e−5", "2e27", "−1e0", "1e−10", "0.05"])
    expect(["-inf", "inf", "nan", "-2.5", 3].map(parsed)).toEqual([-Infinity, Infinity, NaN, -2.5, 3])
  })
})
