/** Numbers and lines over the blocks, on a canvas of their own, and where the names in the scene stand. */
import { short, signed } from "../format"
import type { Mark } from "./boxes"
import type { Exact } from "./exact"
import type { PlacedCell } from "./network"
import { type Called, wordsOf } from "./called"
import { drawHeads, edges } from "./edges"
import type { Floor } from "./floors"
import { isThere } from "./order"
import { axes, blocks, floors, frontsOf, frontSlab, networks, step } from "./naming"
import { boundsOfMark, haloed, type Inks, Lines, type Point } from "./pens"
import { Room } from "./room"
import { type Bounds, cellBounds } from "./slabs"
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
  /** Pixels above and below, over which the page lays its own words. */
  covered: { top: number; bottom: number }
}

const FONT = "12px"
/** Letters and digits of a number in a cell; the first that fits. */
const NUMBERS = [[12, 3], [12, 2], [10, 2], [9, 2]] as const
/** Share of a cell that its number may take. */
const FILLED = 0.94
/** Half the height of its digits, in pixels. */
const HALF = 5
/** Characters from which on a number is written with a power of ten, where that is shorter. */
const LONG = 6
/** Lines to a cell; while a machine hardly keeps up with the camera, the strongest few. */
const MOST_LINES = 48
const FEW_LINES = 8
/** Pixels between the beginnings of two lines. */
const APART = 7
/** Pixels that a cell must have for a number to fit, if it is short enough; and across, seen from the side. */
export const NUMBER = 22
const NARROW = 14
/** How strong the numbers of what stands aside are. */
const ASIDE = 0.4

/** What is written and drawn over the blocks; of names, which are in the scene, only where. */
export function paintOver(context: CanvasRenderingContext2D, space: Space, inks: Inks, family: string, shown: Shown): void {
  const { width, height } = space.camera.size
  const ratio = context.canvas.width / Math.max(width, 1)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  context.lineJoin = "round"
  context.textBaseline = "middle"
  context.font = `${FONT} ${family}`
  const within = { left: 0, right: width, top: shown.covered.top, bottom: height - shown.covered.bottom }
  const room = new Room(space.labels, within)
  const { current, inputs, named, called, axis } = shown
  const fronts = frontsOf(space, shown)
  const places = wordsOf(space.camera, (text) => room.wide(text), current, frontSlab(space, current), called)
  for (const { area } of places.words) room.take(area)
  step(space, inks, shown, fronts, room)
  networks(space, inks, shown, room)
  axes(space, shown, places, fronts, room)
  floors(space, inks, shown, fronts, room)
  blocks(space, inks, shown, fronts, room)
  const away = [current, ...(named ? [named] : []), ...inputs.filter(({ role }) => role !== "weight")]
  const heads = edges(space, inks, away, shown.title, within, room)
  numbers(context, space, inks, family, shown, room)
  atWork(context, space, inks, shown)
  lines(context, space, inks, shown)
  room.cut(context)
  context.textAlign = "left"
  for (const { text, x, y, axis: place } of places.words) haloed(context, text, x, y, axis(current.axes[place]!).colour, inks.page)
  drawHeads(context, inks.accent, heads)
}

/**
 * The numbers themselves, where cells are large enough and nothing stands before them, all as the model has them but
 * shortened. Where a name lies there is none: half a number reads as another.
 */
function numbers(context: CanvasRenderingContext2D, space: Space, inks: Inks, family: string, { exact, marks }: Shown, room: Room): void {
  context.textAlign = "center"
  let size = 0 // of the font that is set, which takes long
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
        let text = ""
        const fitting = NUMBERS.find(([size, digits]) => {
          text = shortened(value, digits)
          return space.labels.wide(text, size) < FILLED * (b.x - a.x)
        })
        if (!fitting || !space.shows(block, place)) continue
        const half = space.labels.wide(text, fitting[0]) / 2
        if (room.meets({ left: at.x - half, right: at.x + half, top: at.y - HALF, bottom: at.y + HALF })) continue
        if (fitting[0] !== size) context.font = `${(size = fitting[0])}px ${family}`
        haloed(context, text, at.x, at.y, inks.ink, inks.page)
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
  for (const source of sources.slice(0, space.hurries ? FEW_LINES : MOST_LINES)) {
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
