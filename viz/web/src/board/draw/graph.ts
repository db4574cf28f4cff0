/** A graph: nodes at their places, in the colours of their numbers, and arrows between them. */
import { css, inkOn } from "../../colour"
import { called } from "../cursors"
import type { Box, Pen } from "../pen"
import { arrayOf, slice, valueAt } from "../slice"
import type { GraphPanel } from "../types"
import type { Kind, Said, Scene } from "./kind"
import { colour, legend } from "./legend"

const LARGEST = 380
const LEGEND = 34
const NODE = 13
const HEAD = 9
/** Of half the box; the rest is room for the lines at the outer nodes. */
const INNER = 0.74
const PHASE = 0.2

type Given = Omit<Scene<GraphPanel>, "height">
type Point = [x: number, y: number]

function area({ width }: Given): Box {
  const side = Math.min(width, LARGEST)
  return { left: 0, top: 0, width: side, height: side }
}

function places(scene: Given): Point[] {
  const { board, panel } = scene
  const { left, top, width } = area(scene)
  const found = slice(arrayOf(board, panel.where), {}, [panel.node, "xy"])!
  const half = width / 2
  return Array.from({ length: found.sizes[0]! }, (_, i): Point => {
    return [left + half * (1 + INNER * found.at(i, 0)), top + half * (1 - INNER * found.at(i, 1))]
  })
}

/** Real and imaginary part of every node's number. */
function numbers({ board, panel, shown }: Given): Point[] {
  const [real, imaginary] = [panel.values, panel.imaginary].map((name) => {
    return name === null ? null : slice(arrayOf(board, name), shown, [panel.node])
  })
  return Array.from({ length: real?.sizes[0] ?? 0 }, (_, i): Point => [real!.at(i), imaginary?.at(i) ?? 0])
}

function link(pen: Pen, from: Point, to: Point, both: boolean, color: string): void {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]]
  const far = Math.hypot(dx, dy)
  if (far < 1) return
  const [ux, uy] = [dx / far, dy / far]
  const end: Point = [to[0] - ux * (NODE + 2), to[1] - uy * (NODE + 2)]
  pen.line([...from, ...(both ? to : end)], { color, width: 1.5 })
  if (both) return
  const base: Point = [end[0] - ux * HEAD, end[1] - uy * HEAD]
  pen.area([...end, base[0] - uy * 4.5, base[1] + ux * 4.5, base[0] + uy * 4.5, base[1] - ux * 4.5], color, 1)
}

export const graph: Kind<GraphPanel> = {
  axes: ({ node }) => ({ horizontal: node }),
  arrays: ({ values, imaginary }) => (imaginary === null ? [values] : [values, imaginary]),
  height: (scene) => area(scene).height + LEGEND,

  draw(pen, scene) {
    const { board, panel, ink } = scene
    const at = places(scene)
    const there = new Set(panel.edges.map(([a, b]) => `${a} ${b}`))
    for (const [a, b] of panel.edges) {
      const both = there.has(`${b} ${a}`)
      if (!both || a < b) link(pen, at[a]!, at[b]!, both, board.colours.grey)
    }
    const { width, height, left } = area(scene)
    const scale = { signed: true, limit: panel.limit }
    numbers(scene).forEach(([re, im], i) => {
      const [x, y] = at[i]!
      if (panel.imaginary !== null) {
        const unit = (width * PHASE) / 2 / panel.limit
        const size = Math.hypot(re, im) || 1
        const from: Point = [x + (re / size) * NODE, y - (im / size) * NODE]
        pen.line([...from, from[0] + re * unit, from[1] - im * unit], { color: board.colours.hand, width: 2.5 })
      }
      const rgb = colour(re, scale, ink.dark)
      if (!rgb) return
      pen.dot(x, y, NODE, css(rgb))
      pen.ring(x, y, NODE, { color: board.colours.grey, width: 1.5 })
      pen.text(x, y, called(board.axes[panel.node], i), { anchor: "middle", color: inkOn(rgb), bold: true })
    })
    legend(pen, scale, ink, height + LEGEND / 2, left, width)
  },

  mark(pen, scene) {
    const { panel, shown, ink } = scene
    const at = places(scene)[shown[panel.node] ?? -1]
    if (at) pen.ring(at[0], at[1], NODE + 3, { color: ink.pin, width: 2.5 })
  },

  hit(scene, x, y) {
    const far = places(scene).map(([a, b]) => Math.hypot(a - x, b - y))
    const nearest = far.indexOf(Math.min(...far))
    return far[nearest]! <= 2 * NODE ? { [scene.panel.node]: nearest } : null
  },

  said({ board, panel, shown }) {
    const out: Said[] = [{ name: panel.imaginary === null ? "its number" : "real part", value: valueAt(board, panel.values, shown) }]
    if (panel.imaginary !== null) out.push({ name: "imaginary part", value: valueAt(board, panel.imaginary, shown) })
    return out
  },

  table(scene) {
    const { board, panel } = scene
    const axis = board.axes[panel.node]!
    const whole = panel.imaginary !== null
    const head = [axis.title, whole ? "real part" : "number", ...(whole ? ["imaginary part"] : [])]
    return [head, ...numbers(scene).map(([re, im], i) => [called(axis, i), re, ...(whole ? [im] : [])])]
  },
}
