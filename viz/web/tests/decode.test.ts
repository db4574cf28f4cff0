import { describe, expect, it } from "vitest"
import { decode } from "../src/decode"
import { encode, example, pattern } from "./messages"

describe("decode", () => {
  it("reads header and numbers, -inf among them", () => {
    const { tensors, tokens, flow } = decode(example())
    expect(tokens).toEqual(["A", "B"])
    expect(flow).toEqual(["blocks.0.attn.pattern"])
    expect([...tensors[0]!.values]).toEqual([1, -Infinity, 0.25, 0.75])
  })

  it("reads a payload at any alignment, of the message and of the header", () => {
    for (let padding = 0; padding < 4; padding++) {
      const tensor = pattern({ title: "x".repeat(padding) })
      const message = encode({ version: 1, tensors: [tensor] }, Float32Array.of(1, 2, 3, 4))
      const shifted = new Uint8Array(message.length + 1)
      shifted.set(message, 1)
      expect([...decode(shifted.subarray(1)).tensors[0]!.values]).toEqual([1, 2, 3, 4])
    }
  })

  it("reads each tensor from its offset", () => {
    const first = pattern({ shape: [1, 1] })
    const second = pattern({ name: "b", shape: [3], axes: ["position"], offset: 4 })
    const { tensors } = decode(encode({ version: 1, tensors: [first, second] }, Float32Array.of(9, 1, 2, 3)))
    expect([...tensors[1]!.values]).toEqual([1, 2, 3])
  })

  it("refuses what is cut short, and other versions", () => {
    expect(() => decode(new Uint8Array(3))).toThrow("at least 4 bytes")
    expect(() => decode(example().subarray(0, 20))).toThrow("the header says")
    expect(() => decode(example().slice(0, -4))).toThrow("wants 4 numbers")
    expect(() => decode(encode({ version: 2, tensors: [] }, new Float32Array()))).toThrow("version 2")
  })
})
