/** What is called what: networks, axes, rows of the page, blocks. */
import { writeNames } from "./called"
import type { Drawn } from "./lod"
import type { Shown } from "./overlay"
import type { Inks, Point } from "./pens"
import type { Room } from "./room"
import { slabBounds, slabCount } from "./slabs"
import type { Space } from "./space"
import type { Vec3 } from "./types"

/** Names of blocks, at most. */
const MOST = 40
/** Pixels of a cell up to which rows of the page are named. */
const FLOOR = 9
/** Pixels of a block, in height and in width, below which its axes are not named: their names would cover it. */
const SMALL = 80
/** Pixels to the edge of the canvas. */
const EDGE = 4

/** Names and sizes of the axes of the block that is computed, in the colours they have everywhere, and of its places. */
export function axes(context: CanvasRenderingContext2D, space: Space, { current, axis, called }: Shown, inks: Inks, room: Room): void {
  // What stands before it is but a frame.
  const slab = space.drawnOf(current)?.slabs[0] ?? 0
  const front = slabBounds(current, Math.min(slab, slabCount(current) - 1))
  const [left, right, bottom, top, z] = [front.min[0], front.max[0], front.min[1], front.max[1], front.max[2]]
  const back = slabBounds(current, slabCount(current) - 1)
  const corners = [[left, bottom, z], [right, bottom, z], [left, top, z]].map((corner) => space.camera.project(corner as Vec3)) // prettier-ignore
  const [from, to, up] = corners
  if (from && to && up && Math.max(apart(from, to), apart(from, up)) < SMALL) return
  context.textAlign = "left"
  const places = writeNames(context, space.camera, inks, current, slab, called, (place) => axis(current.axes[place]!).colour)
  current.axes.forEach((name, i) => {
    const step = current.steps[i]!
    // What comes in does so halfway up, so rows are named at the first of them.
    const first = Math.max(top - Math.abs(step[1]) / 2, (bottom + top) / 2)
    const at: Vec3 = step[0] ? [(left + right) / 2, bottom, z] : step[1] ? [left, first, z] : [right, top, (z + back.max[2]) / 2]
    const found = space.camera.project(at)
    if (!found) return
    const { title, colour } = axis(name)
    const text = `${title} (${current.shape[i]})`
    const wide = room.wide(text)
    const beside = step[0] ? found.x - wide / 2 : step[1] ? found.x - wide - 8 - places.beside : found.x + 8
    const x = Math.min(Math.max(beside, EDGE), space.camera.size.width - wide - EDGE)
    const y = step[0] ? found.y + 12 + places.below + lowered(from, to, wide) : found.y
    room.put({ text, x, y, colour, plate: true })
  })
}

function apart(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}

/** How far a line of so many pixels goes under the middle of an edge, to be under all of it that is above the line. */
function lowered(from: Point | null | undefined, to: Point | null | undefined, wide: number): number {
  if (!from || !to || from.x === to.x) return 0
  const across = Math.abs(to.x - from.x)
  return (Math.abs(to.y - from.y) / across) * (Math.min(wide, across) / 2)
}

/** Which network stands where, where there is more than one. */
export function networks(space: Space, inks: Inks, { networks, covered }: Shown, room: Room): void {
  const { width, height } = space.camera.size
  // Side by side: what the left one is called ends there, what the right one is called begins there.
  for (const [place, { title, at }] of networks.entries()) {
    const found = space.camera.project(at)
    if (!found) continue
    const wide = room.wide(title, true)
    const x = Math.min(Math.max(place ? found.x + EDGE : found.x - wide - EDGE, EDGE), width - wide - EDGE)
    const y = Math.min(Math.max(found.y - 14, covered + 10), height - 12)
    room.put({ text: title, x, y, colour: inks.ink, bold: true }, true)
  }
}

/** What each row of the page is, where so much of it can be seen that it helps. */
export function floors(space: Space, inks: Inks, { floors, current, covered }: Shown, room: Room): void {
  const { width, height } = space.camera.size
  const now = floors.find(({ names }) => names.has(current.name))
  // Where there is no room for all, the row of the step comes first.
  for (const { title, at, left, names } of now ? [now, ...floors.filter((floor) => floor !== now)] : floors) {
    const found = space.camera.project(at)
    const beside = space.camera.project([at[0] + 1, at[1], at[2]])
    if (!title || !found || !beside || beside.x - found.x > FLOOR || found.y < covered || found.y > height) continue
    if (found.x < 0) continue
    const x = Math.max(left ? found.x - room.wide(title, true) : found.x, EDGE)
    if (x < width) room.put({ text: title, x, y: found.y, colour: names.has(current.name) ? inks.accent : inks.ink, bold: true })
  }
}

/** The blocks in view: the one that is named elsewhere first, then the step and what it reads, then the largest. */
export function blocks(space: Space, inks: Inks, { current, inputs, named, title }: Shown, room: Room): void {
  const rank = ({ block }: Drawn) => (block === named ? 3 : block === current ? 2 : inputs.includes(block) ? 1 : 0)
  // A matrix before its bias, which has cells of the same size.
  const area = ({ block: { size }, cell }: Drawn) => size[0] * size[1] * cell * cell
  const some = space.drawnNow
    .filter((one) => rank(one) || Math.max(one.block.size[0], one.block.size[1]) * one.cell > 26)
    .sort((a, b) => rank(b) - rank(a) || area(b) - area(a))
    .slice(0, 4 * MOST)
  const { width, height } = space.camera.size
  let count = 0
  for (const one of some) {
    if (count >= MOST) return
    // At what is whole of it: what stands before that is but a frame.
    const { min, max } = one.apart && one.slabs[0] < one.slabs[1] ? slabBounds(one.block, one.slabs[0]) : one.bounds
    const at = space.camera.project([min[0], max[1], max[2]])
    if (!at || at.x < -40 || at.y < 0 || at.x > width || at.y > height) continue
    const colour = one.block === current || one.block === named ? inks.accent : rank(one) ? inks.ink : inks.quiet
    count += Number(room.put({ text: title(one.block), x: at.x, y: at.y - 11, colour, plate: true }))
  }
}
