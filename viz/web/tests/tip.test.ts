import { describe, expect, it } from "vitest"
import { place } from "../src/walkthrough/panes/tip"

const frame = { left: 100, right: 1100, top: 200, bottom: 900 }

describe("the value beside the pointer", () => {
  it("stands above its cell", () => {
    const box = { left: 580, right: 620, top: 400, bottom: 420 }
    expect(place(box, frame)).toEqual({ left: "500px", top: "194px", transform: "translate(-50%, -100%)" })
  })

  it("stands below it at the top of the window, where a header may lie", () => {
    const box = { left: 580, right: 620, top: 60, bottom: 90 }
    expect(place(box, { ...frame, top: -300 })).toEqual({ left: "500px", top: "396px", transform: "translate(-50%, 0)" })
  })

  it("never sticks out at the sides", () => {
    const at = (middle: number) => place({ left: middle, right: middle, top: 400, bottom: 420 }, frame).transform
    expect(at(100)).toBe("translate(0%, -100%)")
    expect(at(1100)).toBe("translate(-100%, -100%)")
  })
})
