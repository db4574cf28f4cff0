import { expect, it } from "vitest"
import { Source } from "../src/walkthrough/data"
import { manifest } from "./walkthrough"

it("asks nobody for weights that are not there, and says why", async () => {
  const asked: string[] = []
  const described = { ...manifest(), missing: "It came without its weights." }
  const looks = { axes: ["d_vocab", "d_model"], shape: [3, 6], kind: "signed" as const, title: "W_E" }
  const source = new Source("http://here/", { ...described, weights: { W_E: looks } }, (address) => {
    asked.push(String(address))
    return Promise.reject(new Error("no server"))
  })
  await expect(source.cells("W_E")).rejects.toThrow("It came without its weights.")
  await expect(source.overview("W_E", 2, 2, {})).rejects.toThrow("It came without its weights.")
  expect(asked).toEqual([])
  await expect(source.cells("embed")).rejects.toThrow("no server")
  expect(asked).toHaveLength(1)
})
