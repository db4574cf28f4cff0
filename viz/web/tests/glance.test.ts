import { expect, it } from "vitest"
import glance from "../src/components/glance"

it("marks its root", () => {
  const parentElement = document.createElement("div")
  glance({ parentElement })
  expect(parentElement.querySelector("[data-glassformer=glance]")).not.toBeNull()
})
