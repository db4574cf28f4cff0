import { describe, expect, it } from "vitest"
import { placed } from "../src/walkthrough/places"
import type { ChapterInfo } from "../src/walkthrough/types"

const chapter: ChapterInfo = { key: "qkv", title: "", side: "decoder", layer: 3, first: 0, last: 1 }

describe("a chapter's text", () => {
  it("links to the tensors of the block that one is in", () => {
    const text = [[{ t: "a query", ref: "{side}blocks.{layer}.attn.q" }, { t: ", " }, { t: "logits", ref: "logits" }]]
    expect(placed(text, chapter)).toEqual([
      [{ t: "a query", ref: "decoder.blocks.3.attn.q" }, { t: ", " }, { t: "logits", ref: "logits" }],
    ])
    expect(placed(text, { ...chapter, side: "", layer: 0 })[0]![0]!.ref).toBe("blocks.0.attn.q")
  })
})
