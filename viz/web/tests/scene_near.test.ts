import { describe, expect, it } from "vitest"
import { TILE } from "../src/scene/atlas"
import { Boxes } from "../src/scene/boxes"
import { Camera } from "../src/scene/camera"
import { Exact } from "../src/scene/exact"
import { codeOf } from "../src/scene/faces"
import { drawn, type TileRange } from "../src/scene/lod"
import type { Space } from "../src/scene/space"
import { Stream } from "../src/scene/stream"
import type { Face, SceneBlock } from "../src/scene/types"
import type { Source } from "../src/walkthrough/data"

const ROWS = 576
const COLS = 1536
const NUMBERS = 34
const MOST = 0.5
const weight: SceneBlock = {
  name: "W", role: "weight", axes: ["d_model", "d_mlp"], shape: [ROWS, COLS], corner: [0, 0, 0], size: [COLS, ROWS, 1],
  steps: [[0, -1, 0], [1, 0, 0]], floor: 0, side: "",
} // prettier-ignore
const valueAt = (row: number, col: number) => Math.fround(((row * 31 + col * 17) % 101) / 101 - 0.5)

/** A weight of a large model before an eye, and a server that counts what it is asked for. */
function seen(answer?: (name: string) => Promise<never>) {
  const asked: { ranges: Record<string, [number, number]>; signal: AbortSignal }[] = []
  const source = {
    cells: async (name: string, ranges: Record<string, [number, number]>, signal: AbortSignal) => {
      asked.push({ ranges, signal })
      if (answer) return answer(name)
      const [[top, bottom], [left, right]] = [ranges.d_model!, ranges.d_mlp!]
      const values = new Float32Array((bottom - top) * (right - left))
      for (let row = top; row < bottom; row++) for (let col = left; col < right; col++) values[(row - top) * (right - left) + col - left] = valueAt(row, col)
      return { values }
    },
  }
  const camera = new Camera(document.createElement("canvas"), () => {}, () => {})
  camera.resize(800, 400)
  const boxes = new Boxes()
  const space = {
    camera, boxes, drawnNow: [] as ReturnType<typeof drawn>,
    setTile: (key: string, block: SceneBlock, range: TileRange, codes: Uint8Array) => boxes.setTile(key, block, range, codes),
  } // prettier-ignore
  const problems: string[] = []
  const exact = new Exact(source as unknown as Source, () => ({ bins: true, most: MOST, signed: true }), () => {}, (words) => problems.push(words))
  /** The eye before a cell, so many units away. */
  const look = async (row: number, col: number, away: number) => {
    camera.fly({ eye: [col + 0.5, -row - 0.5, away], target: [col + 0.5, -row - 0.5, 0] }, true)
    camera.advance(0)
    space.drawnNow = drawn([weight], camera.eye())
    exact.look(space as unknown as Space, NUMBERS)
    await new Promise((done) => setTimeout(done))
  }
  return { asked, exact, space, boxes, look, problems, numbers: () => [...exact.inView(weight, 0, space as unknown as Space)] }
}

describe("a weight of a large model", () => {
  it("is patches from afar, and nothing is asked for", async () => {
    const { look, asked, boxes, space } = seen()
    await look(300, 700, 2000)
    expect(space.drawnNow[0]!.cell).toBeLessThan(3)
    expect(asked).toEqual([])
    expect(boxes.of(space.drawnNow[0]!, 2000)).toHaveLength(1)
  })

  it("is every cell when near: tiles of what is in view, each coded as the face is, each where it belongs", async () => {
    const { look, asked, boxes, space } = seen()
    await look(300, 700, 60)
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.length).toBeLessThanOrEqual(24)
    const drawnTiles = boxes.of(space.drawnNow[0]!, 60).slice(1)
    expect(drawnTiles).toHaveLength(asked.length)
    for (const { bounds, rect, rows, cols } of drawnTiles) {
      const [top, left] = [-bounds.max[1], bounds.min[0]]
      expect([top % TILE, left % TILE]).toEqual([0, 0])
      for (const [row, col] of [[0, 0], [rows - 1, cols - 1], [rows >> 1, cols >> 2]] as const) {
        const texel = boxes.atlas.texels[(rect!.y + row) * boxes.atlas.size + rect!.x + col]
        expect(texel).toBe(codeOf(valueAt(top + row, left + col), MOST, true))
      }
    }
    const holds = drawnTiles.some(({ bounds: { min, max } }) => min[0] <= 700 && max[0] > 700 && -max[1] <= 300 && -min[1] > 300)
    expect(holds).toBe(true)
  })

  it("is the numbers themselves when nearer, those of the cells in view", async () => {
    const { look, numbers, space } = seen()
    await look(300, 700, 12)
    expect(space.drawnNow[0]!.cell).toBeGreaterThanOrEqual(NUMBERS)
    const found = numbers()
    expect(found.length).toBeGreaterThan(40)
    for (const { place, value } of found) expect(value).toBe(valueAt(place.row, place.col))
    expect(found.some(({ place }) => place.row === 300 && place.col === 700)).toBe(true)
    expect(found.some(({ place }) => place.row < 250)).toBe(false)
  })

  it("asks for nothing twice, and gives up what has left the view", async () => {
    const quick = seen()
    await quick.look(300, 700, 60)
    const before = quick.asked.length
    await quick.look(300, 700, 60)
    expect(quick.asked.length).toBe(before)

    const slow = seen(() => new Promise<never>(() => {}))
    await slow.look(40, 40, 30)
    await slow.look(500, 1400, 30)
    expect(slow.asked[0]!.signal.aborted).toBe(true)
    expect(slow.asked.at(-1)!.signal.aborted).toBe(false)
  })

  it("says what could not be fetched", async () => {
    const { look, problems } = seen(() => Promise.reject(new Error("the trace is gone")))
    await look(300, 700, 30)
    expect(problems[0]).toBe("the trace is gone")
  })
})

describe("faces on their way", () => {
  const blocks = Array.from({ length: 60 }, (_, i): SceneBlock => ({ ...weight, name: `W${i}`, corner: [0, -1000 * i, 0] }))
  const answer = (names: readonly string[]) => names.map((name) => ({ name }) as Face)

  it("asks first for what is looked at, alone, then for what is nearest, and for each once", async () => {
    const asked: (readonly string[])[] = []
    const ask = async (names: readonly string[]) => {
      asked.push(names)
      return answer(names)
    }
    const stream = new Stream(ask, { onFace: () => {}, onProblem: () => {}, now: () => ({ target: [0, -40_000, 0], first: new Set(["W3", "W50"]) }) })
    await stream.start(blocks)
    expect(new Set(asked[0])).toEqual(new Set(["W3", "W50"]))
    expect(asked[1]).toContain("W40")
    expect(asked[1]).not.toContain("W0")
    expect(asked.flat().sort()).toEqual(blocks.map(({ name }) => name).sort())
    expect(stream.faces.size).toBe(60)
  })

  it("stops where something failed, and says what", async () => {
    const problems: string[] = []
    const stream = new Stream(() => Promise.reject(new Error("the trace is gone")), {
      onFace: () => {}, onProblem: (words) => problems.push(words), now: () => ({ target: [0, 0, 0], first: new Set() }),
    }) // prettier-ignore
    await stream.start(blocks)
    expect(problems).toEqual(["the trace is gone"])
  })
})
