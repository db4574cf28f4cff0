/** A clock for each pair; its hand turns with the position. */
import { called } from "../cursors"
import type { Pen } from "../pen"
import { arrayOf, slice, valueAt } from "../slice"
import type { ClocksPanel } from "../types"
import type { Kind, Scene } from "./kind"

const NARROWEST = 62
const WIDEST = 104
const WORDS = 18

type Given = Omit<Scene<ClocksPanel>, "height">

function layout({ board, panel, width }: Given): { count: number; columns: number; side: number } {
  const count = board.axes[panel.pair]!.size
  const columns = Math.max(1, Math.min(count, Math.floor(width / (count > 32 ? NARROWEST : NARROWEST * 1.2))))
  return { count, columns, side: Math.min(WIDEST, width / columns) }
}

function centre(scene: Given, pair: number): { x: number; y: number; radius: number } {
  const { columns, side } = layout(scene)
  const [row, col] = [Math.floor(pair / columns), pair % columns]
  return { x: (col + 0.5) * side, y: row * (side + WORDS) + side / 2, radius: (side / 2 - 5) / scene.panel.limit }
}

function hand(scene: Given, pair: number): [number, number] | null {
  const { board, panel, shown } = scene
  const found = slice(arrayOf(board, panel.hands), shown, [panel.pair, "xy"])
  return found && [found.at(pair, 0), found.at(pair, 1)]
}

function drawHand(pen: Pen, scene: Scene<ClocksPanel>, pair: number): void {
  const { x, y, radius } = centre(scene, pair)
  const to = hand(scene, pair)
  if (!to || !to.every(Number.isFinite)) return
  const [tipX, tipY] = [x + to[0] * radius, y - to[1] * radius]
  const color = scene.board.colours.hand
  pen.line([x, y, tipX, tipY], { color, width: 2.5 })
  pen.dot(tipX, tipY, 3.5, color)
}

export const clocks: Kind<ClocksPanel> = {
  axes: ({ pair }) => ({ horizontal: pair }),
  arrays: ({ hands }) => [hands],
  height: (scene) => Math.ceil(layout(scene).count / layout(scene).columns) * (layout(scene).side + WORDS),

  draw(pen, scene) {
    const { board, panel, ink } = scene
    const { count, side } = layout(scene)
    for (let pair = 0; pair < count; pair++) {
      const { x, y, radius } = centre(scene, pair)
      pen.ring(x, y, radius, { color: ink.faint, opacity: 0.6 })
      const words = side < 76 ? called(board.axes[panel.pair], pair) : `${board.axes[panel.pair]!.title} ${called(board.axes[panel.pair], pair)}`
      pen.text(x, y + side / 2 + 5, words, { anchor: "middle", color: ink.text })
      drawHand(pen, scene, pair)
    }
  },

  mark(pen, scene) {
    const pair = scene.shown[scene.panel.pair]
    if (pair === undefined) return
    const { x, y, radius } = centre(scene, pair)
    pen.ring(x, y, radius * scene.panel.limit + 2.5, { color: scene.ink.pin, width: 2 })
  },

  hit(scene, x, y) {
    const { count, columns, side } = layout(scene)
    const [row, col] = [Math.floor(y / (side + WORDS)), Math.floor(x / side)]
    const pair = row * columns + col
    return col < 0 || row < 0 || col >= columns || pair >= count ? null : { [scene.panel.pair]: pair }
  },

  said(scene) {
    const { board, panel, shown } = scene
    const to = hand(scene, shown[panel.pair] ?? 0)
    const more = panel.said.map(({ name, values }) => ({ name, value: valueAt(board, values, shown) }))
    return [{ name: "x, cosine", value: to && to[0] }, { name: "y, sine", value: to && to[1] }, ...more]
  },

  table(scene) {
    const { board, panel, shown } = scene
    const axis = board.axes[panel.pair]!
    const out: (string | number)[][] = [[axis.title, "x", "y", ...panel.said.map(({ name }) => name)]]
    for (let pair = 0; pair < axis.size; pair++) {
      const to = hand(scene, pair)
      const more = panel.said.map(({ values }) => valueAt(board, values, { ...shown, [panel.pair]: pair }) ?? "")
      if (to) out.push([called(axis, pair), ...to, ...more])
    }
    return out
  },
}
