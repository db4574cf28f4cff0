/** What stands beside the network: the last wish counts, whatever comes first; and which cell keys move to. */
import { describe, expect, it, vi } from "vitest"
import { Company, type Wish } from "../src/scene/company"
import { keyed } from "../src/scene/commands"
import type { Space } from "../src/scene/space"
import { timesOf } from "../src/scene/spent"
import type { Theatre } from "../src/scene/theatre"
import type { SceneInfo } from "../src/scene/types"
import type { Source } from "../src/walkthrough/data"
import type { Walk } from "../src/walkthrough/walk"
import { q, scores } from "./blocks"
import { manifest } from "./walkthrough"

const wish = (key: string): Wish => ({ key, other: null, title: "" })

describe("networks beside one another", () => {
  /** A server that answers when it is told to. */
  function company() {
    const answers = new Map<string, (info: SceneInfo) => void>()
    const source = { scene: (key: string) => new Promise<SceneInfo>((done) => answers.set(key, done)) }
    const answer = (key: string) => answers.get(key)!({ blocks: [{ ...scores, name: key }], same: {}, size: [1, 1, 1], title: key } as SceneInfo)
    const made = new Company(() => source as unknown as Source, {} as Space, () => {})
    const set = (some: Wish | null) => made.set(some, [100, 0, 0], new AbortController().signal)
    return { made, set, answer }
  }

  it("are those that were wished for last", async () => {
    const { made, set, answer } = company()
    const [first, second] = [set(wish("gpt2")), set(wish("gpt3"))]
    answer("gpt3")
    expect((await second)?.title).toBe("gpt3")
    answer("gpt2")
    expect(await first).toBeUndefined()
    expect(made.blocks.map(({ name, corner }) => [name, corner[0]])).toEqual([["gpt3: gpt3", 130]])
    const third = set(wish("gpt2"))
    expect(await set(null)).toBeNull()
    answer("gpt2")
    expect(await third).toBeUndefined()
    expect([made.blocks, made.names("own", [q])]).toEqual([[], []])
  })

  it("have their names over them", async () => {
    const { made, set, answer } = company()
    const waits = set(wish("gpt2"))
    answer("gpt2")
    await waits
    expect(made.names("sort · This", [q]).map(({ title }) => title)).toEqual(["sort · This", "gpt2"])
  })
})

describe("how much larger another network is", () => {
  it.each([
    [1.449, "1.4"],
    [1454.2, "1,500"],
    [2_040_123, "2,000,000"],
    [0.0123, "0.012"],
  ])("%d times is said as %s", (ratio, said) => {
    expect(timesOf(ratio)).toBe(said)
  })
})

describe("the cell on the card", () => {
  const made = manifest()
  const stage = made.stages.find(({ name }) => name === "blocks.0.attn.q")!
  const move = (key: string, index: number[], block = { ...q, name: stage.name }) => {
    const dispatch = vi.fn()
    const theatre = { gaze: { kept: { name: stage.name, index } }, network: { block: () => block } }
    const walk = { state: { value: { view: { step: made.steps.findIndex((one) => made.stages[one.stage] === stage) } } }, dispatch }
    const event = { key, altKey: true, shiftKey: false, ctrlKey: false, metaKey: false, preventDefault() {}, stopPropagation() {} }
    keyed(event as unknown as KeyboardEvent, theatre as unknown as Theatre, made, walk as unknown as Walk, null)
    return dispatch.mock.calls.map(([{ cell }]) => cell.index)
  }

  it("moves by rows and columns as they are seen, which of heads side by side are tokens", () => {
    expect(move("ArrowDown", [1, 0, 2])).toEqual([[2, 0, 2]])
    expect(move("ArrowRight", [1, 0, 2])).toEqual([[1, 0, 3]])
    expect(move("ArrowRight", [1, 0, 3])).toEqual([[1, 0, 3]])
    expect(move("ArrowUp", [0, 2, 0])).toEqual([[0, 2, 0]])
    expect(move("ArrowUp", [0, 0, 0], { ...q, shape: [0, 3, 4] })).toEqual([])
  })
})
