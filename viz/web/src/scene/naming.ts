/** What is called what: networks, axes, rows of the page, blocks. Names keep off the step, and those of axes off what it reads. */
import type { Drawn } from "./lod"
import type { Shown } from "./overlay"
import type { Inks, Point } from "./pens"
import { fall, frontOf, type Quad, seen } from "./quads"
import type { Room } from "./room"
import { type Bounds, boundsOf, slabBounds, slabCount } from "./slabs"
import type { Space } from "./space"
import type { SceneBlock } from "./types"

/** Names of blocks, at most. */
const MOST = 40
/** Pixels of a cell up to which rows of the page are named. */
const FLOOR = 9
/** Pixels of a block, in height and in width, below which its axes are not named: their names would cover it. */
const SMALL = 80
/** Pixels to the edge of the canvas, from a block to its name, and between the middles of two lines. */
const EDGE = 6
const AWAY = 12
const LINE = 18
/** Share of the name of a row that may be pushed onto the row itself, where the canvas ends. */
const PUSHED = 1 / 3

/** What is looked at, as it lies on the canvas. */
export interface Fronts {
  step: Quad | null
  all: readonly Quad[]
}

export function frontsOf(space: Space, { current, inputs }: Shown): Fronts {
  const [step, ...others] = [current, ...inputs].map((block) => frontOf(space.camera, frontSlab(space, block)))
  return { step: step ?? null, all: [step, ...others].filter((quad) => quad !== null && quad !== undefined) }
}

/** What stands before it is but a frame. */
export function frontSlab(space: Space, block: SceneBlock): Bounds {
  return slabBounds(block, Math.min(space.drawnOf(block)?.slabs[0] ?? 0, slabCount(block) - 1))
}

/** Which network stands where, where there is more than one. */
export function networks(space: Space, inks: Inks, { networks, covered }: Shown, room: Room): void {
  const { width, height } = space.camera.size
  let end = EDGE
  // Side by side: what the left one is called ends there, what the right one is called begins there.
  for (const [place, { title, at }] of networks.entries()) {
    const found = space.camera.project(at)
    const wide = room.wide(title, true)
    if (!found || found.x < -wide || found.x > width + wide) continue
    const x = Math.min(Math.max(place ? found.x + EDGE : found.x - wide - EDGE, EDGE), width - wide - EDGE)
    const y = Math.min(Math.max(found.y - 14, covered.top + 10), height - covered.bottom - AWAY)
    room.put({ text: title, colour: inks.ink, bold: true }, [{ x, y }, { x: Math.max(x, end), y }, { x, y: y + LINE }])
    end = x + wide + 2 * EDGE
  }
}

/** Names and sizes of the axes of the block that is computed, in the colours they have everywhere. `beside`, `below`: pixels that its rows and columns take for theirs. */
export function axes(space: Space, { current, axis }: Shown, places: { beside: number; below: number }, fronts: Fronts, room: Room): void {
  if (!fronts.step) return
  const [upperLeft, upperRight, lowerRight, lowerLeft] = fronts.step
  const tall = Math.hypot(upperLeft.x - lowerLeft.x, upperLeft.y - lowerLeft.y)
  if (Math.max(tall, Math.hypot(lowerRight.x - lowerLeft.x, lowerRight.y - lowerLeft.y)) < SMALL) return
  const bottom = seen(lowerLeft, lowerRight, space.camera.size.width)
  const deep = space.camera.project([current.corner[0] + current.size[0], current.corner[1], boundsOf(current).min[2]])
  // Under the block there is hardly a choice for its columns, so they come first.
  const order = current.axes.map((_, i) => i).sort((a, b) => Math.abs(current.steps[b]![0]) - Math.abs(current.steps[a]![0]))
  for (const i of order) {
    const along = current.steps[i]!
    const { title, colour } = axis(current.axes[i]!)
    const text = `${title} (${current.shape[i]})`
    const wide = room.wide(text)
    const spots: Point[] = []
    if (along[0] && bottom) {
      const y = bottom.at.y + AWAY + places.below + Math.abs(fall(lowerLeft, lowerRight, wide)) / 2
      spots.push({ x: bottom.at.x - wide / 2, y }, { x: bottom.at.x - wide / 2, y: y + LINE })
    } else if (along[1]) {
      // What comes in does so halfway up, so rows are named at the first of them, or below the last.
      const rows = Math.max(current.shape[i]!, 1)
      const first = Math.min(1 / (2 * rows), 0.5)
      const x = upperLeft.x + (lowerLeft.x - upperLeft.x) * first - wide - EDGE - 4 - places.beside
      const under = lowerLeft.x - wide - EDGE - 4
      spots.push({ x, y: upperLeft.y + (lowerLeft.y - upperLeft.y) * first })
      spots.push({ x: under, y: lowerLeft.y + AWAY }, { x: under, y: lowerLeft.y + AWAY + LINE }, { x: upperLeft.x - wide - EDGE - 4, y: upperLeft.y - AWAY }) // prettier-ignore
      const last = lowerLeft.y + AWAY + places.below + Math.max(fall(lowerLeft, lowerRight, wide), 0)
      for (const line of [0, 1, 2]) spots.push({ x: lowerLeft.x, y: last + line * LINE })
    } else if (!along[0]) {
      if (deep) spots.push({ x: Math.max(upperRight.x, deep.x) + EDGE + 4, y: Math.min(upperRight.y, deep.y) + 6 })
      spots.push({ x: upperRight.x - wide, y: Math.min(upperRight.y, deep?.y ?? upperRight.y) - AWAY })
    }
    room.put({ text, colour, plate: true }, spots, fronts.all)
  }
}

/** What each row of the page is, where so much of it can be seen that it helps. */
export function floors(space: Space, inks: Inks, { floors, current }: Shown, fronts: Fronts, room: Room): void {
  const now = floors.find(({ names }) => names.has(current.name))
  // Where there is no room for all, the row of the step comes first.
  for (const { title, at, left, names } of now ? [now, ...floors.filter((floor) => floor !== now)] : floors) {
    const found = space.camera.project(at)
    const beside = space.camera.project([at[0] + 1, at[1], at[2]])
    if (!title || !found || !beside || beside.x - found.x > FLOOR || found.x < 0) continue
    const wide = room.wide(title, true)
    const wanted = left ? found.x - wide : found.x
    const x = Math.max(wanted, EDGE)
    if (x - wanted > wide * PUSHED) continue
    const colour = names.has(current.name) ? inks.accent : inks.ink
    room.put({ text: title, colour, bold: true }, [{ x, y: found.y }], fronts.all)
  }
}

/** The block that is computed, whose name comes before all others. */
export function step(space: Space, inks: Inks, shown: Shown, fronts: Fronts, room: Room): void {
  const one = space.drawnOf(shown.current)
  if (one) block(space, one, shown, inks.accent, true, fronts, room)
}

/** Other blocks in view: the one that is named elsewhere first, then what the step reads, then the largest. */
export function blocks(space: Space, inks: Inks, shown: Shown, fronts: Fronts, room: Room): void {
  const { current, inputs, named } = shown
  const rank = (one: Drawn) => (one.block === named ? 2 : inputs.includes(one.block) ? 1 : 0)
  // A matrix before its bias, which has cells of the same size.
  const area = ({ block: { size }, cell }: Drawn) => size[0] * size[1] * cell * cell
  const some = space.drawnNow
    .filter((one) => one.block !== current && (rank(one) || Math.max(one.block.size[0], one.block.size[1]) * one.cell > 26))
    .sort((a, b) => rank(b) - rank(a) || area(b) - area(a))
    .slice(0, 4 * MOST)
  let count = 0
  for (const one of some) {
    if (count >= MOST) return
    const colour = one.block === named ? inks.accent : rank(one) ? inks.ink : inks.quiet
    count += Number(block(space, one, shown, colour, rank(one) > 0, fronts, room))
  }
}

/** Over the upper left corner of what is whole of it, or where it matters over the other, or below. */
function block(space: Space, { block, apart, slabs, bounds }: Drawn, { title }: Shown, colour: string, matters: boolean, fronts: Fronts, room: Room): boolean {
  const quad = frontOf(space.camera, apart && slabs[0] < slabs[1] ? slabBounds(block, slabs[0]) : bounds)
  if (!quad) return false
  const [upperLeft, upperRight, lowerRight, lowerLeft] = quad
  const text = title(block)
  const wide = room.wide(text)
  const { width } = space.camera.size
  // On the canvas, and still over some of the block.
  const x = Math.min(Math.max(upperLeft.x + 5, EDGE), width - wide - EDGE)
  if (x > Math.max(upperRight.x, upperLeft.x + wide) || x + wide < upperLeft.x) return false
  const begun = upperLeft.y + (x > upperLeft.x ? fall(upperLeft, upperRight, x - upperLeft.x) : 0)
  const y = begun - AWAY + Math.min(fall(upperLeft, upperRight, wide), 0)
  const spots = [{ x, y }]
  if (matters) {
    spots.push({ x, y: y - LINE }, { x: Math.min(upperRight.x, width - EDGE) - wide - 5, y: upperRight.y - AWAY - Math.max(fall(upperLeft, upperRight, wide), 0) })
    spots.push({ x, y: lowerLeft.y + AWAY + Math.max(fall(lowerLeft, lowerRight, wide), 0) })
  }
  return room.put({ text, colour, plate: true }, spots, fronts.step ? [fronts.step] : [])
}
