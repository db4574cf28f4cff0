/** Words, numbers and lines over the blocks, on a canvas of their own. */
import { short } from "../format"
import type { Exact } from "./exact"
import type { Drawn } from "./lod"
import type { PlacedCell } from "./network"
import { type Bounds, cellBounds, middle, slabBounds, slabCount } from "./slabs"
import type { Space } from "./space"
import type { SceneBlock, Vec3 } from "./types"

export interface Inks {
  ink: string
  page: string
  accent: string
  quiet: string
}

export interface AxisInk {
  title: string
  colour: string
}

export interface Shown {
  /** Block that is computed, and those it is computed from. */
  current: SceneBlock
  inputs: readonly SceneBlock[]
  title: (block: SceneBlock) => string
  axis: (name: string) => AxisInk
  /** Cell with lines to it, and the cells they come from. */
  cell: PlacedCell | null
  sources: readonly PlacedCell[]
  exact: Exact
}

interface Area {
  left: number
  top: number
  right: number
  bottom: number
}

const FONT = "12px"
const MOST_LABELS = 40
const MOST_LINES = 48
/** Pixels that a cell must have for its number to fit. */
export const NUMBER = 34

export function paintOver(context: CanvasRenderingContext2D, space: Space, inks: Inks, family: string, shown: Shown): void {
  const { width, height } = space.camera.size
  const ratio = context.canvas.width / Math.max(width, 1)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  context.lineJoin = "round"
  context.textBaseline = "middle"
  context.font = `${FONT} ${family}`
  arrows(context, space, inks, shown)
  numbers(context, space, inks, shown)
  lines(context, space, inks, shown)
  const taken: Area[] = []
  axes(context, space, shown, inks, taken)
  labels(context, space, inks, shown, taken)
}

/** What flows where: from each input to what is computed of it. */
function arrows(context: CanvasRenderingContext2D, space: Space, inks: Inks, { current, inputs }: Shown): void {
  const to = slabBounds(current, 0)
  for (const input of inputs) {
    const from = slabBounds(input, 0)
    const above = from.min[1] >= to.max[1] && input.role === "weight"
    const start: Vec3 = above ? [(from.min[0] + Math.min(from.max[0], to.max[0])) / 2, from.min[1], from.max[2]] : [from.max[0], centre(from), from.max[2]]
    const end: Vec3 = above ? [start[0], to.max[1], to.max[2]] : [to.min[0], centre(to), to.max[2]]
    const [a, b] = [space.camera.project(start), space.camera.project(end)]
    if (!a || !b || Math.hypot(a.x - b.x, a.y - b.y) < 6) continue
    context.strokeStyle = context.fillStyle = inks.accent
    context.globalAlpha = 0.7
    context.lineWidth = 2
    context.beginPath()
    context.moveTo(a.x, a.y)
    const bend = above ? 0 : (b.x - a.x) / 2
    context.bezierCurveTo(a.x + bend, above ? (a.y + b.y) / 2 : a.y, b.x - bend, above ? (a.y + b.y) / 2 : b.y, b.x, b.y)
    context.stroke()
    head(context, b, above ? Math.PI / 2 : b.x >= a.x ? 0 : Math.PI)
    context.globalAlpha = 1
  }
}

function centre({ min, max }: Bounds): number {
  return (min[1] + max[1]) / 2
}

function head(context: CanvasRenderingContext2D, { x, y }: { x: number; y: number }, angle: number): void {
  context.beginPath()
  context.moveTo(x, y)
  for (const turn of [2.65, -2.65]) context.lineTo(x + 9 * Math.cos(angle + turn), y + 9 * Math.sin(angle + turn))
  context.closePath()
  context.fill()
}

/** The numbers themselves, where cells are large enough, all digits as the model has them but shortened. */
function numbers(context: CanvasRenderingContext2D, space: Space, inks: Inks, { exact }: Shown): void {
  context.textAlign = "center"
  for (const { block, cell } of space.drawnNow) {
    if (cell < NUMBER) continue
    for (let slab = 0; slab < slabCount(block); slab++) {
      for (const { place, value } of exact.inView(block, slab, space)) {
        const { min, max } = cellBounds(block, place)
        const [a, b] = [space.camera.project([min[0], max[1], max[2]]), space.camera.project([max[0], max[1], max[2]])]
        const at = space.camera.project([(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, max[2]])
        if (!a || !b || !at || Math.abs(b.x - a.x) < NUMBER) continue
        haloed(context, short(value, 3), at.x, at.y, inks)
      }
    }
  }
}

function lines(context: CanvasRenderingContext2D, space: Space, inks: Inks, { cell, sources }: Shown): void {
  if (!cell) return
  const to = outline(context, space, cell, inks.accent)
  if (!to) return
  for (const source of sources.slice(0, MOST_LINES)) {
    const from = outline(context, space, source, inks.ink)
    if (!from) continue
    context.strokeStyle = inks.accent
    context.globalAlpha = 0.45
    context.lineWidth = 1.2
    context.beginPath()
    context.moveTo(from.x, from.y)
    context.lineTo(to.x, to.y)
    context.stroke()
    context.globalAlpha = 1
  }
}

/** Draws the front of a cell; returns its middle. */
function outline(
  context: CanvasRenderingContext2D,
  space: Space,
  { block, place }: PlacedCell,
  colour: string,
): { x: number; y: number } | null {
  const { min, max } = cellBounds(block, place)
  const z = max[2]
  const corners = ([[min[0], max[1], z], [max[0], max[1], z], [max[0], min[1], z], [min[0], min[1], z]] as Vec3[]).map((c) => space.camera.project(c)) // prettier-ignore
  if (corners.some((corner) => !corner)) return null
  context.strokeStyle = colour
  context.lineWidth = 2
  context.beginPath()
  corners.forEach((corner, i) => (i ? context.lineTo(corner!.x, corner!.y) : context.moveTo(corner!.x, corner!.y)))
  context.closePath()
  context.stroke()
  return space.camera.project(middle({ min: [min[0], min[1], z], max: [max[0], max[1], z] }))
}

/** Names and sizes of the axes of the block that is computed, in the colours they have everywhere. */
function axes(context: CanvasRenderingContext2D, space: Space, { current, axis }: Shown, inks: Inks, taken: Area[]): void {
  const front = slabBounds(current, 0)
  const [left, right, bottom, top, z] = [front.min[0], front.max[0], front.min[1], front.max[1], front.max[2]]
  const back = slabBounds(current, slabCount(current) - 1)
  current.axes.forEach((name, i) => {
    const step = current.steps[i]!
    const at: Vec3 = step[0] ? [(left + right) / 2, bottom, z] : step[1] ? [left, (bottom + top) / 2, z] : [right, top, (z + back.max[2]) / 2]
    const found = space.camera.project(at)
    if (!found) return
    const { title, colour } = axis(name)
    const text = `${title} (${current.shape[i]})`
    const wide = context.measureText(text).width
    const x = step[0] ? found.x - wide / 2 : step[1] ? found.x - wide - 8 : found.x + 8
    const y = step[0] ? found.y + 12 : found.y
    const area = { left: x - 2, top: y - 8, right: x + wide + 2, bottom: y + 8 }
    if (taken.some((other) => meet(area, other))) return
    taken.push(area)
    context.textAlign = "left"
    haloed(context, text, x, y, { ...inks, ink: colour })
  })
}

function labels(context: CanvasRenderingContext2D, space: Space, inks: Inks, shown: Shown, taken: Area[]): void {
  const { current, inputs, title } = shown
  const rank = ({ block }: Drawn) => (block === current ? 2 : inputs.includes(block) ? 1 : 0)
  const some = space.drawnNow
    .filter((one) => rank(one) || Math.max(one.block.size[0], one.block.size[1]) * one.cell > 26)
    .sort((a, b) => rank(b) - rank(a) || b.cell - a.cell)
    .slice(0, 4 * MOST_LABELS)
  let count = 0
  context.textAlign = "left"
  for (const one of some) {
    if (count >= MOST_LABELS) return
    const { min, max } = one.bounds
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
    context.fillStyle = one.block === current ? inks.accent : rank(one) ? inks.ink : inks.quiet
    context.fillText(text, at.x, at.y - 11)
  }
}

function haloed(context: CanvasRenderingContext2D, text: string, x: number, y: number, inks: Inks): void {
  context.strokeStyle = inks.page
  context.lineWidth = 3
  context.strokeText(text, x, y)
  context.fillStyle = inks.ink
  context.fillText(text, x, y)
}

function meet(a: Area, b: Area): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}
