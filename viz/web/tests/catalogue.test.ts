import { describe, expect, it } from "vitest"
import { WORDS, speaker } from "../src/walkthrough/ui"
import english from "../../prose/en.toml?raw"
import chinese from "../../prose/zh.toml?raw"

/** The table [ui] of a catalogue: one `key = "text"` a line. */
function words(toml: string): Map<string, string> {
  const table = toml.split(/^\[ui\]$/m)[1]!.split(/^\[/m)[0]!
  return new Map([...table.matchAll(/^(\w+) = "(.*)"$/gm)].map(([, key, text]) => [key!, text!]))
}

const gaps = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([gap]) => gap).sort()

describe.each([
  ["English", english],
  ["Chinese", chinese],
])("the words of the interface in %s", (_, toml) => {
  it("are all there, with the same gaps", () => {
    const found = words(toml)
    const first = words(english)
    expect(WORDS.filter((word) => !found.get(word))).toEqual([])
    for (const word of WORDS) expect([word, gaps(found.get(word)!)]).toEqual([word, gaps(first.get(word)!)])
  })
})

describe("speaker", () => {
  it("fills the gaps it is told of", () => {
    const say = speaker({ step_of: "{n} of {total} {toString}" })
    expect(say("step_of", { n: 0, total: 2 })).toBe("0 of 2 {toString}")
    expect(say("help")).toBe("help")
  })
})
