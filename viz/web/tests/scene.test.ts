import { describe, expect, it } from "vitest"
import { Atlas, TILE } from "../src/scene/atlas"
import { codeOf, readFaces } from "../src/scene/faces"
import { commandOf } from "../src/scene/keys"
import { distance, drawn, tiles } from "../src/scene/lod"
import { Pace } from "../src/scene/pace"
import { distanceTo, pick } from "../src/scene/pick"
import { between, distanceOf, dollied, framing, orbited, panned } from "../src/scene/poses"
import { boundsOf, cellBounds, flat, indexOf, placeOf, slabBounds, slabCount, union } from "../src/scene/slabs"
import type { SceneBlock, Vec3 } from "../src/scene/types"
import { block, k, q, scores, weight } from "./blocks"
const mean = block("mean", ["position"], [6], [[0, -1, 0]], [50, -20, 0], [1, 6, 1])

describe("cells in space", () => {
  it("finds which axes run where", () => {
    expect(flat(q)).toEqual({ col: 2, row: 0, deep: [1] })
    expect(flat(scores)).toEqual({ col: 2, row: 1, deep: [0] })
    expect(flat(mean)).toEqual({ col: null, row: 0, deep: [] })
  })

  it("goes from index to place and back for every cell", () => {
    for (const one of [q, scores, weight, mean]) {
      const all = one.shape.reduce((a, b) => a * b, 1)
      for (let cell = 0; cell < all; cell++) {
        let rest = cell
        const index = [...one.shape].reverse().map((size) => {
          const at = rest % size
          rest = Math.floor(rest / size)
          return at
        })
        index.reverse()
        expect(indexOf(one, placeOf(one, index))).toEqual(index)
      }
      expect(slabCount(one)).toBe(all / (one.size[0] * one.size[1]))
    }
  })

  it("puts cells inside their slab and slabs inside their block", () => {
    const whole = boundsOf(q)
    for (let slab = 0; slab < 3; slab++) {
      const bounds = slabBounds(q, slab)
      expect(union([whole, bounds])).toEqual(whole)
      const cell = cellBounds(q, { slab, row: 5, col: 3 })
      expect(cell.max[0]).toBe(bounds.max[0])
      expect(cell.min[1]).toBe(bounds.min[1])
      expect(cell.max[2] - cell.min[2]).toBe(1)
    }
    // Later heads are deeper, and three.js looks along -z.
    expect(slabBounds(q, 2).max[2]).toBeLessThan(slabBounds(q, 0).max[2])
  })

  it("has no cells where an axis is empty", () => {
    expect(indexOf({ ...mean, shape: [0] }, { slab: 0, row: 0, col: 0 })).toBeNull()
  })
})

describe("picking", () => {
  const whole = (...blocks: SceneBlock[]) => blocks.map((block) => ({ block, bounds: boundsOf(block), slabs: [0, slabCount(block)] as const }))

  it("meets the cell that the ray goes through, in the nearest slab", () => {
    for (const [row, col, slab] of [[0, 0, 0], [5, 3, 0], [2, 1, 0]] as const) {
      const { min, max } = cellBounds(q, { slab, row, col })
      const hit = pick(whole(k, q, scores), { from: [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, 100], along: [0, 0, -1] })
      expect(hit?.block.name).toBe("q")
      expect(hit?.place).toEqual({ slab, row, col })
    }
    const behind = pick(whole(q), { from: [11.5, -22.5, -100], along: [0, 0, 1] })
    expect(behind?.place).toEqual({ slab: 2, row: 2, col: 1 })
  })

  it("misses what is beside or behind", () => {
    expect(pick(whole(q), { from: [0, 0, 100], along: [0, 0, -1] })).toBeNull()
    expect(pick(whole(q), { from: [11, -22, 100], along: [0, 0, 1] })).toBeNull()
    expect(distanceTo(boundsOf(q), { from: [11, -22, 0], along: [0, 0, 1] })).toBe(0)
  })
})

describe("the camera", () => {
  const box = { min: [0, -20, -5] as Vec3, max: [40, 0, 5] as Vec3 }

  it("frames a box so that all its corners are in view", () => {
    const [fov, aspect] = [0.7, 1.5]
    const { eye, target } = framing(box, fov, aspect)
    const ahead = target.map((x, d) => x - eye[d]!) as Vec3
    const far = Math.hypot(...ahead)
    for (const x of [0, 40]) for (const y of [-20, 0]) for (const z of [-5, 5]) {
      const to = [x - eye[0], y - eye[1], z - eye[2]] as Vec3
      const depth = to.reduce((sum, value, d) => sum + (value * ahead[d]!) / far, 0)
      const off = Math.sqrt(Math.max(Math.hypot(...to) ** 2 - depth ** 2, 0))
      expect(off / depth).toBeLessThan(Math.tan(fov / 2) * Math.hypot(1, aspect))
    }
  })

  it("flies from one pose to the other, rising over what lies between", () => {
    const a = framing(box, 0.7, 1.5)
    const b = framing({ min: [900, -20, 0], max: [940, 0, 1] }, 0.7, 1.5)
    const close = (x: Vec3, y: Vec3) => x.forEach((value, d) => expect(value).toBeCloseTo(y[d]!, 6))
    close(between(a, b, 0).eye, a.eye)
    close(between(a, b, 1).eye, b.eye)
    close(between(a, b, 1).target, b.target)
    expect(distanceOf(between(a, b, 0.5))).toBeGreaterThan(2 * distanceOf(a))
  })

  it("orbits at one distance and never over the pole", () => {
    const a = framing(box, 0.7, 1.5)
    const turned = orbited(a, 0.4, 9)
    expect(distanceOf(turned)).toBeCloseTo(distanceOf(a), 6)
    expect(turned.target).toEqual(a.target)
    expect(turned.eye[1] - a.target[1]).toBeLessThan(distanceOf(a))
    expect(distanceOf(dollied(a, 0.5))).toBeCloseTo(distanceOf(a) / 2, 6)
    expect(distanceOf(panned(a, 0.3, 0.1))).toBeCloseTo(distanceOf(a), 6)
  })

  it("has a key for every move, and leaves the others alone", () => {
    const key = (name: string, more = {}) =>
      commandOf({ key: name, shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, ...more })
    expect(key("ArrowLeft", { shiftKey: true })?.do).toBe("orbit")
    expect(key("ArrowLeft", { altKey: true })).toEqual({ do: "cell", rows: -0, cols: -1 })
    expect(key("ArrowLeft")).toBeNull()
    expect(key("f")).toEqual({ do: "fit" })
    expect(key("F", { shiftKey: true })).toEqual({ do: "full" })
    expect(key("f", { ctrlKey: true })).toBeNull()
    expect(key("constructor")).toBeNull()
  })
})

describe("the pace", () => {
  const told = (times: [now: number, moved: boolean][]) => {
    const pace = new Pace()
    return times.map(([took, moved]) => pace.tooSlow(took, moved))
  }

  it("is too slow after some slow frames of a camera that moves", () => {
    expect(told([[80, true], [80, true], [900, true], [80, true]])).toEqual([false, false, true, true])
  })

  it("is not, where frames are quick, or the camera stands", () => {
    expect(told(Array(6).fill([20, true]))).not.toContain(true)
    expect(told(Array(6).fill([80, false]))).not.toContain(true)
    expect(told([[80, true], [80, true], [20, true], [80, true], [80, true]])).not.toContain(true)
  })
})

describe("what is worth drawing", () => {
  const eye = (z: number) => ({ at: [12, -23, z] as Vec3, scale: 600, sees: () => true })

  it("draws slabs apart when near, as one box when far, and nothing that is smaller than a pixel", () => {
    expect(drawn([q], eye(50))[0]).toMatchObject({ apart: true })
    expect(drawn([q], eye(4000))[0]).toMatchObject({ apart: false })
    expect(drawn([q], eye(1e5))).toEqual([])
    expect(drawn([q], { ...eye(50), sees: () => false })).toEqual([])
    expect(drawn([weight], eye(50))[0]!.apart).toBe(false)
    expect(distance([12, -23, 0], boundsOf(q))).toBe(0)
  })

  it("covers the view with tiles, each cell once, the middle first", () => {
    const large = { ...weight, shape: [300, 200], size: [200, 300, 1] as Vec3 }
    const found = tiles(large, 0, [40, 300], [0, 200], TILE)
    const seen = new Set<number>()
    let twice = false
    for (const { rows, cols } of found) {
      expect(rows[1] - rows[0]).toBeLessThanOrEqual(TILE)
      for (let row = rows[0]; row < rows[1]; row++)
        for (let col = cols[0]; col < cols[1]; col++) {
          twice ||= seen.has(1000 * row + col)
          seen.add(1000 * row + col)
        }
    }
    expect(twice).toBe(false)
    let missed = 0
    for (let row = 40; row < 300; row++) for (let col = 0; col < 200; col++) if (!seen.has(1000 * row + col)) missed++
    expect(missed).toBe(0)
    expect(found[0]!.rows[0]).toBe(128)
  })
})

describe("the atlas", () => {
  it("gives rooms that do not overlap, and says when it is full", () => {
    const atlas = new Atlas(256, 1)
    const taken = new Uint8Array(256 * 256)
    let placed = 0
    for (let i = 0; i < 400; i++) {
      const rect = atlas.place(1 + (i * 7) % 40, 1 + (i * 5) % 30)
      if (!rect) continue
      placed++
      expect(rect.y + rect.height).toBeLessThanOrEqual(256 - TILE)
      for (let y = rect.y; y < rect.y + rect.height; y++)
        for (let x = rect.x; x < rect.x + rect.width; x++) {
          expect(taken[256 * y + x]).toBe(0)
          taken[256 * y + x] = 1
        }
    }
    expect(placed).toBeGreaterThan(60)
    expect(placed).toBeLessThan(400)
    expect(atlas.place(300, 1)).toBeNull()
  })

  it("keeps the tiles that were used last", () => {
    const atlas = new Atlas(256, 1)
    for (const name of ["a", "b", "c", "d"]) atlas.claim(name, 3, 3)
    expect(atlas.tile("a", 3, 3)).not.toBeNull()
    atlas.claim("e", 3, 3)
    expect(atlas.tile("b", 3, 3)).toBeNull()
    expect(atlas.tile("a", 3, 3)).not.toBeNull()
  })

  it("writes rows where they belong", () => {
    const atlas = new Atlas(128, 0)
    const rect = atlas.place(2, 2)!
    atlas.write(rect, Uint8Array.from([1, 2, 3, 4]))
    expect([...atlas.texels.subarray(0, 2), ...atlas.texels.subarray(128, 130)]).toEqual([1, 2, 3, 4])
    expect(atlas.changed).toBe(true)
  })
})

describe("faces", () => {
  it("reads what Python writes", () => {
    const header = { version: 1, faces: [{ name: "a", kind: "signed", slabs: 1, rows: 1, cols: 3, bins: [1, 1], most: 2, offset: 0 }] }
    const text = new TextEncoder().encode(JSON.stringify(header))
    const bytes = new Uint8Array(4 + text.length + 3)
    new DataView(bytes.buffer).setUint32(0, text.length, true)
    bytes.set(text, 4)
    bytes.set([1, 128, 255], 4 + text.length)
    expect([...readFaces(bytes)[0]!.patches]).toEqual([1, 128, 255])
    expect(() => readFaces(bytes.subarray(0, bytes.length - 1))).toThrow(/ends before/)
    expect(() => readFaces(bytes.subarray(0, 2))).toThrow(/4 bytes/)
  })

  it("codes a cell as Python does", () => {
    expect([-9, -2, 0, 2, 9].map((value) => codeOf(value, 2, true))).toEqual([1, 1, 128, 255, 255])
    expect([0, 0.5, 1].map((value) => codeOf(value, 1, false))).toEqual([1, 128, 255])
    expect(codeOf(-Infinity, 1, true)).toBe(0)
  })
})
