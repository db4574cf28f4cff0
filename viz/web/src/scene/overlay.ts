/** Words, numbers and lines over the blocks, on a canvas of their own. */
import { short, signed } from "../format"
import type { Mark } from "./boxes"
import type { Exact } from "./exact"
import type { Drawn } from "./lod"
import type { PlacedCell } from "./network"
import { type Called, writeNames } from "./called"
import { edges } from "./edges"
import type { Floor } from "./floors"
import { isThere } from "./order"
import { type Area, boundsOfMark, haloed, type Inks, Lines, meet, type Point } from "./pens"
import { type Bounds, cellBounds, slabBounds, slabCount } from "./slabs"
import type { Space } from "./space"
import type { SceneBlock, Vec3 } from "./types"

export interface AxisInk {
  title: string
  colour: string
}

export interface Shown {
  /** Block that is computed, and those it is computed from. */
  current: SceneBlock
  inputs: readonly SceneBlock[]
  floors: readonly Floor[]
  title: (block: SceneBlock) => string
  axis: (name: string) => AxisInk
  /** Of the block that is computed. */
  called: Called
  /** Networks beside one another, none where there is but one, and the point over each. */
  networks: readonly { title: string; at: Vec3 }[]
  /** Cell with lines to it, and the cells they come from. */
  cell: PlacedCell | null
  sources: readonly PlacedCell[]
  /** The cell or row that is computed now, and what is at work on it. */
  now: Bounds | null
  marks: ReadonlyMap<string, Mark>
  /** The block that a phrase under the pointer names. */
  named: SceneBlock | null
  exact: Exact
  /** Pixels above, over which the page lays its own words. */
  covered: number
}

const FONT = "12px"
/** Letters and digits of a number in a cell; the first that fits. */
const NUMBERS = [["12px", 3], ["12px", 2], ["10px", 2], ["9px", 2]] as const
/** Share of a cell that its number may take. */
const FILLED = 0.94
/** Characters from which on a number is written with a power of ten, where that is shorter. */
const LONG = 6
const MOST_LABELS = 40
const MOST_LINES = 48
/** Pixels between the beginnings of two lines. */
const APART = 7
/** Pixels of a cell up to which rows of the page are named. */
const FLOOR = 9
/** Pixels that a cell must have for a number to fit, if it is short enough; and across, seen from the side. */
export const NUMBER = 22
const NARROW = 14
/** How strong the numbers of what stands aside are. */
const ASIDE = 0.4

export function paintOver(context: CanvasRenderingContext2D, space: Space, inks: Inks, family: string, shown: Shown): void {
  const { width, height } = space.camera.size
  const ratio = context.canvas.width / Math.max(width, 1)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  context.lineJoin = "round"
  context.textBaseline = "middle"
  context.font = `${FONT} ${family}`
  numbers(context, space, inks, family, shown)
  atWork(context, space, inks, shown)
  lines(context, space, inks, shown)
  const taken: Area[] = []
  networks(context, space, inks, family, shown, taken)
  axes(context, space, shown, inks, taken)
  floors(context, space, inks, family, shown, taken)
  labels(context, space, inks, shown, taken)
  const { inputs, named } = shown
  edges(context, space.camera, inks, [...(named ? [named] : []), ...inputs.filter(({ role }) => role !== "weight")], shown.title, taken)
}

/** The numbers themselves, where cells are large enough and nothing stands before them, all as the model has them but shortened. */
function numbers(context: CanvasRenderingContext2D, space: Space, inks: Inks, family: string, { exact, marks }: Shown): void {
  context.textAlign = "center"
  for (const { block, cell, slabs } of space.drawnNow) {
    if (cell < NUMBER) continue
    const mark = marks.get(block.name) ?? {}
    context.globalAlpha = space.isAside(block) ? ASIDE : 1
    for (let slab = slabs[0]; slab < slabs[1]; slab++) {
      for (const { place, value } of exact.inView(block, slab, space)) {
        if (!isThere(mark, block, place)) continue
        const { min, max } = cellBounds(block, place)
        const [a, b] = [space.camera.project([min[0], max[1], max[2]]), space.camera.project([max[0], max[1], max[2]])]
        const at = space.camera.project([(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, max[2]])
        if (!a || !b || !at || Math.abs(b.x - a.x) < NARROW) continue
        const fitting = NUMBERS.find(([size, digits]) => {
          context.font = `${size} ${family}`
          return context.measureText(shortened(value, digits)).width < FILLED * (b.x - a.x)
        })
        if (!fitting || !space.shows(block, place)) continue
        haloed(context, shortened(value, fitting[1]), at.x, at.y, inks.ink, inks.page)
      }
    }
  }
  context.globalAlpha = 1
  context.font = `${FONT} ${family}`
}

/** So many digits, but all of those before the point: 123.4 is not 120. 0.0000734 is 7.3e−5. */
function shortened(value: number, digits: number): string {
  const usual = short(value, Math.max(digits, Math.floor(Math.log10(Math.max(Math.abs(value), 1))) + 1))
  const power = signed(value.toExponential(digits - 1))
  return usual.length > LONG && power.length < usual.length ? power : usual
}

/** From the cells that the pointed one is made of to it. */
function lines(context: CanvasRenderingContext2D, space: Space, inks: Inks, { cell, sources }: Shown): void {
  const [own, others] = [new Lines(space.camera), new Lines(space.camera)]
  const round = (lines: Lines, { block, place }: PlacedCell) => lines.outline(cellBounds(block, place), !space.shows(block, place))
  const to = cell && round(own, cell)
  if (!to) return
  const begun: Point[] = []
  for (const source of sources.slice(0, MOST_LINES)) {
    const from = round(others, source)
    // Ways that begin side by side would be one broad band.
    if (!from || begun.some(({ x, y }) => Math.hypot(x - from.x, y - from.y) < APART)) continue
    begun.push(from)
    others.way(from, to)
  }
  others.drawOutlines(context, inks.ink)
  others.drawWays(context, inks.accent, 0.45)
  own.drawOutlines(context, inks.accent)
}

/** While cells are computed one by one: the rows and columns that the cell is made of, and where they go. */
function atWork(context: CanvasRenderingContext2D, { camera }: Space, inks: Inks, { inputs, now, marks }: Shown): void {
  const [own, others] = [new Lines(camera), new Lines(camera)]
  const to = now && own.outline(now)
  if (!to) return
  for (const input of inputs) {
    const mark = marks.get(input.name)
    const bounds = mark && boundsOfMark(input, mark)
    const from = bounds && others.outline(bounds)
    if (from) others.way(from, to)
  }
  others.drawOutlines(context, inks.accent)
  others.drawWays(context, inks.accent, 0.75)
  own.drawOutlines(context, inks.accent, 2.5)
}

/** Names and sizes of the axes of the block that is computed, in the colours they have everywhere, and of its places. */
function axes(context: CanvasRenderingContext2D, space: Space, { current, axis, called }: Shown, inks: Inks, taken: Area[]): void {
  // What stands before it is but a frame.
  const slab = space.drawnOf(current)?.slabs[0] ?? 0
  const front = slabBounds(current, Math.min(slab, slabCount(current) - 1))
  const [left, right, bottom, top, z] = [front.min[0], front.max[0], front.min[1], front.max[1], front.max[2]]
  const back = slabBounds(current, slabCount(current) - 1)
  context.textAlign = "left"
  const room = writeNames(context, space.camera, inks, current, slab, called, (place) => axis(current.axes[place]!).colour)
  current.axes.forEach((name, i) => {
    const step = current.steps[i]!
    // What comes in does so halfway up, so rows are named at the first of them.
    const first = Math.max(top - Math.abs(step[1]) / 2, (bottom + top) / 2)
    const at: Vec3 = step[0] ? [(left + right) / 2, bottom, z] : step[1] ? [left, first, z] : [right, top, (z + back.max[2]) / 2]
    const found = space.camera.project(at)
    if (!found) return
    const { title, colour } = axis(name)
    const text = `${title} (${current.shape[i]})`
    const wide = context.measureText(text).width
    const beside = step[0] ? found.x - wide / 2 : step[1] ? found.x - wide - 8 - room.beside : found.x + 8
    const x = Math.min(Math.max(beside, 4), space.camera.size.width - wide - 4)
    const y = step[0] ? found.y + 12 + room.below : found.y
    const area = { left: x - 2, top: y - 8, right: x + wide + 2, bottom: y + 8 }
    if (taken.some((other) => meet(area, other))) return
    taken.push(area)
    haloed(context, text, x, y, colour, inks.page)
  })
}

/** Which network stands where, where there is more than one. */
function networks(context: CanvasRenderingContext2D, space: Space, inks: Inks, family: string, { networks, covered }: Shown, taken: Area[]): void {
  context.save()
  context.font = `600 ${FONT} ${family}`
  // Side by side: what the left one is called ends there, what the right one is called begins there.
  for (const [place, { title, at }] of networks.entries()) {
    const found = space.camera.project(at)
    if (!found) continue
    const wide = context.measureText(title).width
    const { width, height } = space.camera.size
    const x = Math.min(Math.max(place ? found.x + 4 : found.x - wide - 4, 4), width - wide - 4)
    const y = Math.min(Math.max(found.y - 14, covered + 10), height - 12)
    taken.push({ left: x - 2, top: y - 9, right: x + wide + 2, bottom: y + 9 })
    context.textAlign = "left"
    haloed(context, title, x, y, inks.ink, inks.page)
  }
  context.restore()
}

/** What each row of the page is, where so much of it can be seen that it helps. */
function floors(context: CanvasRenderingContext2D, space: Space, inks: Inks, family: string, { floors, current, covered }: Shown, taken: Area[]): void {
  const { width, height } = space.camera.size
  context.save()
  context.font = `600 ${FONT} ${family}`
  context.textAlign = "left"
  const now = floors.find(({ names }) => names.has(current.name))
  // Where there is no room for all, the row of the step comes first.
  for (const { title, at, left, names } of now ? [now, ...floors] : floors) {
    const found = space.camera.project(at)
    const beside = space.camera.project([at[0] + 1, at[1], at[2]])
    if (!title || !found || !beside || beside.x - found.x > FLOOR || found.y < covered || found.y > height) continue
    const wide = context.measureText(title).width
    const x = Math.max(left ? found.x - wide : found.x, 4)
    const area = { left: x - 2, top: found.y - 9, right: x + wide + 2, bottom: found.y + 9 }
    if (found.x < 0 || x > width || taken.some((other) => meet(area, other))) continue
    taken.push(area)
    haloed(context, title, x, found.y, names.has(current.name) ? inks.accent : inks.ink, inks.page)
  }
  context.restore()
}

function labels(context: CanvasRenderingContext2D, space: Space, inks: Inks, shown: Shown, taken: Area[]): void {
  const { current, inputs, named, title } = shown
  const rank = ({ block }: Drawn) => (block === named ? 3 : block === current ? 2 : inputs.includes(block) ? 1 : 0)
  // A matrix before its bias, which has cells of the same size.
  const area = ({ block: { size }, cell }: Drawn) => size[0] * size[1] * cell * cell
  const some = space.drawnNow
    .filter((one) => rank(one) || Math.max(one.block.size[0], one.block.size[1]) * one.cell > 26)
    .sort((a, b) => rank(b) - rank(a) || area(b) - area(a))
    .slice(0, 4 * MOST_LABELS)
  let count = 0
  context.textAlign = "left"
  for (const one of some) {
    if (count >= MOST_LABELS) return
    // At what is whole of it: what stands before that is but a frame.
    const { min, max } = one.apart && one.slabs[0] < one.slabs[1] ? slabBounds(one.block, one.slabs[0]) : one.bounds
    const at = space.camera.project([min[0], max[1], max[2]])
    if (!at || at.x < -40 || at.y < 0 || at.x > space.camera.size.width || at.y > space.camera.size.height) continue
    const text = title(one.block)
    const wide = context.measureText(text).width
    const area = { left: at.x - 4, top: at.y - 20, right: at.x + wide + 6, bottom: at.y - 2 }
    if (taken.some((other) => meet(area, other))) continue
    taken.push(area)
    count++
    context.globalAlpha = 0.88
    context.fillStyle = inks.page
    context.fillRect(area.left, area.top, area.right - area.left, area.bottom - area.top)
    context.globalAlpha = 1
    context.fillStyle = one.block === current || one.block === named ? inks.accent : rank(one) ? inks.ink : inks.quiet
    context.fillText(text, at.x, at.y - 11)
  }
}
