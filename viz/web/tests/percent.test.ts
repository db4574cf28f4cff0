import { expect, it } from "vitest"
import { percent } from "../src/walkthrough/picture/readout"

it("says 100 % of nothing but certainty", () => {
  expect(percent(1)).toBe("100 %")
  expect(percent(0.9999)).toBe("99.99 %")
  expect(percent(0.99999)).toBe("> 99.99 %")
  expect(percent(0.5)).toBe("50 %")
  expect(percent(0)).toBe("0 %")
})
