import { expect, it } from "vitest"
import { isDarkColour } from "../src/theme"

it("knows dark from light in every spelling a theme may use", () => {
  for (const dark of ["#0e1117", "#000", "rgb(14, 17, 23)", " rgba(14, 17, 23, 1)"]) expect(isDarkColour(dark)).toBe(true)
  for (const light of ["#ffffff", "#eee", "rgb(250 250 250)", ""]) expect(isDarkColour(light)).toBe(false)
})
