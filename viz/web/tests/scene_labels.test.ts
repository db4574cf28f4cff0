/** What things in the scene are called: sprites of a library, laid in pixels, made once and given back. */
import { NoColorSpace, type OrthographicCamera, type Scene, type WebGLRenderer } from "three"
import SpriteText from "three-spritetext"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { areaOf, Labels, MOST } from "../src/scene/labels"
import { covers, fall, seen } from "../src/scene/quads"
import { Room } from "../src/scene/room"

const SIZE = { width: 400, height: 300 }
const label = { text: "Scores", x: 100.25, y: 50, colour: "#c00000", plate: true }
const asked = vi.spyOn(HTMLCanvasElement.prototype, "getContext")
/** Letters are ten pixels wide at a height of twelve, and twice as much at twice. */
const context = {
  font: "",
  translate: () => {},
  fillRect: () => {},
  fillText: () => {},
  strokeText: () => {},
  clearRect: vi.fn(),
  measureText: (text: string) => ({ width: (text.length * 10 * Number(/(\d+)px/.exec(context.font)![1])) / 12 }),
}

/** Draws, and gives what of it is seen. */
function drawn(labels: Labels, ratio = 1): SpriteText[] {
  let found: SpriteText[] = []
  const renderer = {
    autoClear: true,
    render(scene: Scene, lens: OrthographicCamera) {
      expect([lens.left, lens.right, lens.top, lens.bottom]).toEqual([0, 400, 0, -300])
      expect(this.autoClear).toBe(false)
      found = scene.children.filter(({ visible }) => visible) as SpriteText[]
    },
  }
  labels.draw(renderer as unknown as WebGLRenderer, SIZE, ratio)
  expect(renderer.autoClear).toBe(true)
  return found
}

describe("labels", () => {
  beforeAll(() => void asked.mockImplementation(() => context as never))
  afterAll(() => asked.mockRestore())

  it("stand at whole pixels, as large as they were measured", () => {
    const labels = new Labels()
    labels.put(label)
    const [sprite, ...others] = drawn(labels)
    expect(others).toEqual([])
    const { left, right, top, bottom } = areaOf(label, 60)
    expect([right - left, bottom - top]).toEqual([70, 18])
    expect(sprite!.position.toArray()).toEqual([Math.round(left), -top, 0])
    expect([sprite!.scale.x, sprite!.scale.y]).toEqual([70, 18])
    expect(sprite!.text).toBe("Scores")
  })

  it("have as many pixels as are drawn, and colours as they are in the page", () => {
    const labels = new Labels()
    labels.put(label)
    const of = (ratio: number) => {
      const { map } = drawn(labels, ratio)[0]!.material
      expect(map!.colorSpace).toBe(NoColorSpace)
      expect(map!.premultiplyAlpha).toBe(true)
      return [(map!.image as HTMLCanvasElement).width, (map!.image as HTMLCanvasElement).height]
    }
    expect([of(1), of(3), of(1)]).toEqual([[70, 18], [210, 54], [70, 18]]) // prettier-ignore
    labels.begin()
    drawn(labels, 2)
    labels.put({ ...label, x: 100.6 })
    expect(drawn(labels, 2)[0]!.position.x).toBe(95.5) // half a pixel of CSS is one of two
  })

  it("are written once for every frame they are in, and anew in another look", () => {
    const labels = new Labels()
    const frame = () => {
      labels.begin()
      labels.put(label)
      labels.put({ ...label, x: 200, colour: "#00c000" })
      return drawn(labels)
    }
    const first = frame()
    expect(frame()).toEqual(first)
    labels.begin()
    expect(drawn(labels)).toEqual([])
    labels.setLook("#000000", "serif")
    const other = frame()
    expect(other.map(({ fontFace }) => fontFace)).toEqual(["serif", "serif"])
    expect(other.map(({ backgroundColor }) => backgroundColor)).toEqual(["#000000", "#000000"])
    expect(other).not.toContain(first[0])
  })

  it("are measured once, until the look changes or a font has come", () => {
    const labels = new Labels()
    const measured = vi.spyOn(context, "measureText")
    expect([labels.wide("12.5", 9), labels.wide("12.5", 9), labels.wide("12.5")]).toEqual([30, 30, 40])
    expect(measured).toHaveBeenCalledTimes(2)
    labels.renew()
    expect(labels.wide("12.5", 9)).toBe(30)
    labels.setLook("#ffffff", "serif")
    expect(labels.wide("12.5", 9)).toBe(30)
    expect(measured).toHaveBeenCalledTimes(4)
    expect(context.font).toBe("400 9px serif")
    measured.mockRestore()
  })

  it("are given back: those not seen beyond so many, and all in the end", () => {
    const labels = new Labels()
    const gone = new Set<SpriteText>()
    const frame = (from: number, count: number) => {
      labels.begin()
      for (let i = from; i < from + count; i++) labels.put({ ...label, text: `name ${i}` })
      const found = drawn(labels)
      for (const sprite of found) sprite.material.map!.addEventListener("dispose", () => void gone.add(sprite))
      return found
    }
    const first = frame(0, MOST)
    expect(gone.size).toBe(0)
    frame(MOST, 10)
    expect([...gone]).toEqual(first.slice(0, 10)) // the oldest
    expect(frame(0, MOST + 20).length).toBe(MOST + 20) // what is seen stays
    const shape = first[0]!.geometry
    const let_go = vi.fn()
    shape.addEventListener("dispose", let_go)
    const last = drawn(labels)
    labels.dispose()
    expect(last.every((sprite) => gone.has(sprite))).toBe(true)
    expect(let_go).toHaveBeenCalledOnce()
    expect(drawn(labels)).toEqual([])
  })

  it("keep out of each other's way and of what is looked at, and in view", () => {
    const labels = new Labels()
    const room = new Room(labels, { left: 0, right: 400, top: 20, bottom: 280 })
    context.clearRect.mockClear()
    expect([room.wide("Scores"), room.wide("Scores", true)]).toEqual([60, 60])
    const name = (text: string, ...spots: [number, number][]) => room.put({ text, colour: "#c00000", plate: true }, spots.map(([x, y]) => ({ x, y })), [front]) // prettier-ignore
    const front = [{ x: 300, y: 100 }, { x: 350, y: 90 }, { x: 350, y: 150 }, { x: 300, y: 160 }] as const // prettier-ignore
    expect(name("Scores", [100.25, 50])).toBe(true)
    expect(name("Pattern", [150, 50])).toBe(false)
    expect(name("Pattern", [150, 50], [150, 90], [150, 120])).toBe(true)
    for (const [x, y] of [[2, 100], [370, 200], [100, 25], [100, 275], [290, 120]] as const) expect(name("Away", [x, y])).toBe(false)
    room.take({ left: 100, right: 110, top: 195, bottom: 205 })
    expect(name("Over a letter", [80, 200])).toBe(false)
    expect(drawn(labels).map(({ text, position }) => [text, position.y])).toEqual([["Scores", -41], ["Pattern", -81]]) // prettier-ignore
    // What lies over them is to be left out, or cut.
    expect(room.meets({ left: 150, right: 170, top: 52, bottom: 62 })).toBe(true)
    expect(room.meets({ left: 166, right: 170, top: 52, bottom: 62 })).toBe(false)
    room.cut(context as never)
    expect(context.clearRect.mock.calls.map((call) => call.map(Math.round))).toEqual([[95, 41, 70, 18], [145, 81, 80, 18]]) // prettier-ignore
  })
})

describe("fronts of blocks on the canvas", () => {
  const front = [{ x: 100, y: 100 }, { x: 200, y: 60 }, { x: 200, y: 160 }, { x: 100, y: 200 }] as const // prettier-ignore
  const at = (x: number, y: number) => ({ left: x, right: x + 40, top: y, bottom: y + 18 })

  it("cover what no line can be drawn beside", () => {
    expect(covers(front, at(120, 120))).toBe(true)
    expect(covers(front, at(80, 120))).toBe(true) // half of it
    // Within the rectangle about the front, but over its upper edge, or under the lower.
    expect(covers(front, at(102, 62))).toBe(false)
    expect(covers(front, at(102, 74))).toBe(true)
    expect(covers(front, at(158, 182))).toBe(false)
    expect(covers(front, at(200, 100))).toBe(false)
    const edge = [front[0], front[0], front[3], front[3]] as const // seen from the side
    expect([covers(edge, at(80, 120)), covers(edge, at(40, 120))]).toEqual([true, false])
  })

  it("fall along their edges, of which so much is seen", () => {
    expect(fall(front[0], front[1], 50)).toBe(-20)
    expect(fall(front[0], front[1], 500)).toBe(-40)
    expect(fall(front[0], front[3], 50)).toBe(0)
    expect(seen(front[0], front[1], 150)).toEqual({ at: { x: 125, y: 90 }, across: 50 })
    expect(seen(front[1], front[0], 400)).toEqual({ at: { x: 150, y: 80 }, across: 100 })
    expect(seen(front[0], front[1], 90)).toBeNull()
  })
})
