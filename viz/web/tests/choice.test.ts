import { describe, expect, it } from "vitest"
import { choice, patternOf } from "../src/walkthrough/choice"
import { stageNamed, stepOf } from "../src/walkthrough/places"
import type { Guess } from "../src/walkthrough/types"
import { FIRST, type View } from "../src/walkthrough/view"
import { manifest as made, page } from "./walkthrough"

const PATTERN = "blocks.0.attn.pattern"
const manifest = made()
stageNamed(manifest, PATTERN)!.kind = "probability"
const at = (name: string, more: Partial<View> = {}): View => ({ ...FIRST, step: stepOf(manifest, name), ...more })
const cell = (name: string, index: number[]) => ({ ref: name, index, t: "0.9" })
const guess: Guess = { key: "look:0", question: [], options: [], answer: 0, reveal: [[{ t: "It is " }, cell(PATTERN, [1, 2, 0])]] }

describe("the cell that nobody chose", () => {
  it("follows the head of the pattern through its attention", () => {
    const pattern = page(PATTERN, { choice: [1, 3, 0] })
    const q = "blocks.0.attn.q"
    expect(choice(at(q), manifest, page(q, { choice: [2, 0, 1] }), pattern)).toEqual({ name: q, index: [2, 1, 1] })
    expect(choice(at(q, { head: 0 }), manifest, page(q), pattern)?.index).toEqual([0, 0, 0])
    const k = "blocks.0.attn.k"
    expect(choice(at(k), manifest, page(k), pattern)?.index).toEqual([0, 0, 0])
    expect(choice(at(q), manifest, page(q, { choice: [2, 0, 1] }), undefined)?.index).toEqual([2, 0, 1])
  })

  it("is the one that is asked about, as far as head and token are free", () => {
    const asking = page(PATTERN, { choice: [0, 3, 1], guess })
    expect(choice(at(PATTERN), manifest, asking, asking)?.index).toEqual([1, 2, 0])
    expect(choice(at(PATTERN, { head: 0 }), manifest, asking, undefined)?.index).toEqual([0, 2, 0])
    expect(choice(at(PATTERN, { token: 3 }), manifest, asking, asking)?.index).toEqual([1, 3, 0])
    expect(choice(at(PATTERN, { guesses: false }), manifest, asking, asking)?.index).toEqual([0, 3, 1])
  })

  it("is where two passes differ most, whatever the pattern and a question say", () => {
    const both = { ...manifest, unlike: new Set<string>() }
    const q = "blocks.0.attn.q"
    expect(choice(at(q), both, page(q, { choice: [2, 0, 1] }), page(PATTERN, { choice: [1, 3, 0] }))?.index).toEqual([2, 0, 1])
    expect(choice(at(PATTERN), both, page(PATTERN, { choice: [0, 3, 1], guess }), undefined)?.index).toEqual([0, 3, 1])
    expect(choice(at(q, { head: 1 }), both, page(q, { choice: [2, 0, 1] }), undefined)?.index).toEqual([2, 1, 1])
  })

  it("looks for the pattern in its own block and attention", () => {
    const found = (name: string) => patternOf(manifest, stageNamed(manifest, name)!)?.name
    expect(found("blocks.0.attn.k")).toBe(PATTERN)
    expect(found("blocks.1.attn.q")).toBeUndefined()
    expect(found("blocks.0.resid_post")).toBeUndefined()
  })
})
