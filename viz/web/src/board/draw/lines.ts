/** Curves along an axis, or bars. */
import { called, filled } from "../cursors"
import type { Box, Pen } from "../pen"
import { lies, nearest, places, letters, tick, ticks } from "../scale"
import { arrayOf, slice, type Slice } from "../slice"
import type { Axis, Cursors, LinesPanel, Series } from "../types"
import { type Kind, markOf, type Said, type Scene, strokeOf } from "./kind"

const OWN = "own"
const HIGH = 230
const RIGHT = 12

type Given = Omit<Scene<LinesPanel>, "height">

interface Curve {
  xs: number[]
  ys: number[]
  low: number[] | null
  high: number[] | null
}

export function area(scene: Given): Box {
  const most = Math.max(...ticks(...scene.panel.span, 5).map((value) => tick(value).length), 1)
  const left = 24 + 6.5 * most
  return { left, top: 16, width: Math.max(scene.width - left - RIGHT, 20), height: HIGH }
}

function curve({ board, panel }: Given, series: Series, cursors: Cursors): Curve | null {
  const axis = board.axes[panel.along]!
  const drawn = [series.xs === null ? panel.along : OWN]
  const found = slice(arrayOf(board, series.values), cursors, drawn)
  if (!found) return null
  const all = (some: Slice | null) => some && Array.from({ length: some.sizes[0]! }, (_, i) => some.at(i))
  const band = (name: string | null) => (name === null ? null : all(slice(arrayOf(board, name), cursors, drawn)))
  const xs = series.xs === null ? null : all(slice(arrayOf(board, series.xs), cursors, [OWN]))
  const ys = all(found)!
  return { xs: xs ?? ys.map((_, place) => lies(axis, place)), ys, low: band(series.low), high: band(series.high) }
}

/** Over all there is to be drawn, whatever the cursors. */
function range(scene: Given): [number, number] {
  const { board, panel } = scene
  const axis = board.axes[panel.along]!
  let [low, high] = [lies(axis, 0), lies(axis, axis.size - 1)]
  for (const { xs } of panel.series) {
    if (xs === null) continue
    for (const x of arrayOf(board, xs).values) [low, high] = [Math.min(low, x), Math.max(high, x)]
  }
  for (const [place] of panel.rules) [low, high] = [Math.min(low, place), Math.max(high, place)]
  if (panel.bars) return [low - 0.5, high + 0.5]
  return high > low ? [low, high] : [low - 0.5, high + 0.5]
}

interface Map2 {
  box: Box
  x: (value: number) => number
  y: (value: number) => number
  back: (x: number) => number
}

function mapped(scene: Given): Map2 {
  const box = area(scene)
  const [low, high] = range(scene)
  const [bottom, top] = scene.panel.span
  return {
    box,
    x: (value) => box.left + ((value - low) / (high - low)) * box.width,
    y: (value) => box.top + ((top - value) / (top - bottom || 1)) * box.height,
    back: (x) => low + ((x - box.left) / box.width) * (high - low),
  }
}

function grid(pen: Pen, scene: Scene<LinesPanel>, { box, x, y }: Map2): void {
  const { board, panel, ink } = scene
  const axis = board.axes[panel.along]!
  for (const value of ticks(...panel.span, 5)) {
    pen.text(box.left - 6, y(value), tick(value), { anchor: "end", color: ink.text })
    const zero = Math.abs(value) < 1e-12
    pen.line([box.left, y(value), box.left + box.width, y(value)], { color: zero ? ink.faint : ink.grid })
  }
  for (const [value, words] of xTicks(axis, range(scene), box.width)) {
    pen.text(x(value), box.top + box.height + 11, words, { anchor: "middle", color: ink.text })
  }
  pen.text(box.left + box.width / 2, box.top + box.height + 27, panel.x || axis.title, {
    anchor: "middle",
    color: ink.faint,
  })
  pen.text(8, box.top + box.height / 2, panel.y, { anchor: "middle", color: ink.faint, up: true })
}

function xTicks(axis: Axis, [low, high]: [number, number], width: number): [number, string][] {
  if (axis.places) return ticks(low, high, width / 60).map((value) => [value, tick(value)])
  const size = Math.floor(high) + 1
  const room = width / Math.max(size, 1)
  return places(size, room, letters(axis, axis.size)).map((place) => [place, called(axis, place)])
}

/** Pieces between numbers that are missing. */
function pieces(xs: number[], ys: number[], map: Map2): number[][] {
  const out: number[][] = [[]]
  xs.forEach((x, i) => {
    if (Number.isFinite(ys[i]!)) out.at(-1)!.push(map.x(x), map.y(ys[i]!))
    else if (out.at(-1)!.length) out.push([])
  })
  return out.filter((piece) => piece.length)
}

function drawCurve(pen: Pen, scene: Scene<LinesPanel>, series: Series, order: number, map: Map2): void {
  const found = curve(scene, series, scene.shown)
  if (!found) return
  if (scene.panel.bars) {
    const count = scene.panel.series.length
    const wide = Math.max((0.8 * (map.x(1) - map.x(0))) / count, 1)
    found.xs.forEach((x, i) => {
      const left = map.x(x) + (order - count / 2) * wide
      const [from, to] = [map.y(0), map.y(found.ys[i]!)]
      pen.fill({ left, top: Math.min(from, to), width: Math.max(wide - 0.5, 0.7), height: Math.abs(from - to) }, series.color)
    })
    return
  }
  if (found.low && found.high) {
    const above = found.xs.flatMap((x, i) => [map.x(x), map.y(found.high![i]!)])
    const below = found.xs.map((x, i) => [map.x(x), map.y(found.low![i]!)]).reverse().flat()
    pen.area([...above, ...below], series.color, 0.16)
  }
  for (const piece of pieces(found.xs, found.ys, map)) {
    if (piece.length === 2) pen.dot(piece[0]!, piece[1]!, 2.5, series.color)
    else pen.line(piece, strokeOf(series))
  }
}

/** The number of a curve at the cursor; of one with points of its own the last one so far. */
function atCursor(scene: Given, series: Series): { x: number; y: number } | null {
  const { board, panel, shown } = scene
  const place = shown[panel.along]
  const found = curve(scene, series, shown)
  if (!found || place === undefined) return null
  let at = place
  if (series.xs !== null) {
    const now = lies(board.axes[panel.along]!, place)
    at = found.xs.reduce((last, x, i) => (x <= now ? i : last), -1)
  }
  const [x, y] = [found.xs[at], found.ys[at]]
  return x === undefined || y === undefined || Number.isNaN(y) ? null : { x, y }
}

export const lines: Kind<LinesPanel> = {
  axes: ({ along }) => ({ horizontal: along }),
  arrays: ({ series }) => series.flatMap(({ values, low, high }) => [values, ...(low ? [low] : []), ...(high ? [high] : [])]),
  height: (scene) => area(scene).top + HIGH + 38,

  draw(pen, scene) {
    const { panel, ink } = scene
    const map = mapped(scene)
    const { box } = map
    grid(pen, scene, map)
    pen.within(box, () => panel.series.forEach((series, i) => drawCurve(pen, scene, series, i, map)))
    for (const [place, words] of panel.levels) {
      const y = map.y(place)
      pen.line([box.left, y, box.left + box.width, y], { color: ink.faint, dash: [2, 3] })
      pen.text(box.left + box.width, y - 7, words, { anchor: "end", color: ink.faint })
    }
    for (const [place, words] of panel.rules) {
      const x = map.x(place)
      pen.line([x, box.top, x, box.top + box.height], { color: ink.faint, dash: [6, 4] })
      const room = x - box.left > box.width / 2
      pen.text(room ? x - 4 : x + 4, box.top - 7, words, { anchor: room ? "end" : "start", color: ink.faint })
    }
    pen.frame(box, { color: ink.grid })
  },

  mark(pen, scene) {
    const { board, panel, shown, ink } = scene
    const place = shown[panel.along]
    const axis = board.axes[panel.along]!
    if (place === undefined) return
    const map = mapped(scene)
    const x = map.x(lies(axis, place))
    pen.line([x, map.box.top, x, map.box.top + map.box.height], markOf(scene, panel.along))
    if (panel.bars) return
    for (const series of panel.series) {
      const point = atCursor(scene, series)
      if (!point || !Number.isFinite(point.y)) continue
      pen.dot(map.x(point.x), map.y(point.y), 4.5, ink.ground)
      pen.dot(map.x(point.x), map.y(point.y), 3.5, series.color)
    }
  },

  hit(scene, x, y) {
    const map = mapped(scene)
    const { box } = map
    if (x < box.left - 8 || x > box.left + box.width + 8 || y < 0 || y > box.top + box.height + 20) return null
    const axis = scene.board.axes[scene.panel.along]!
    return { [scene.panel.along]: nearest(axis, map.back(x), axis.size) }
  },

  said(scene): Said[] {
    return scene.panel.series.map((series) => ({
      name: filled(series.name, scene.board.axes, scene.shown),
      value: atCursor(scene, series)?.y ?? null,
      look: series,
    }))
  },

  table(scene) {
    const { board, panel, shown } = scene
    const axis = board.axes[panel.along]!
    const banded = panel.series.some(({ low }) => low !== null)
    const out: (string | number)[][] = [["curve", panel.x || axis.title, "value", ...(banded ? ["low", "high"] : [])]]
    for (const series of panel.series) {
      const found = curve(scene, series, shown)
      const name = filled(series.name, board.axes, shown)
      found?.xs.forEach((x, i) => {
        if (Number.isNaN(found.ys[i]!)) return
        const where = series.xs === null ? called(axis, i) : x
        const band = banded ? [found.low?.[i] ?? "", found.high?.[i] ?? ""] : []
        out.push([name, where, found.ys[i]!, ...band])
      })
    }
    return out
  },
}
