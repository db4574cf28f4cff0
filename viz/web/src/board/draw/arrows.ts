/** Vectors in a plane, such as a query and a key turned to their places. */
import { filled } from "../cursors"
import type { Box, Pen } from "../pen"
import { tick, ticks } from "../scale"
import { arrayOf, product, slice } from "../slice"
import type { ArrowsPanel, Cursors } from "../types"
import { type Kind, type Said, type Scene, strokeOf } from "./kind"

const HEAD = 11

type Given = Omit<Scene<ArrowsPanel>, "height">

function area({ width }: Given): Box {
  const side = Math.min(width - 50, 320)
  return { left: 40, top: 6, width: side, height: side }
}

function tip({ board }: Given, values: string, cursors: Cursors): [number, number] | null {
  const found = slice(arrayOf(board, values), cursors, ["xy"])
  return found && [found.at(0), found.at(1)]
}

function arrow(pen: Pen, from: [number, number], to: [number, number], arrow: ArrowsPanel["arrows"][number]): void {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]]
  const length = Math.hypot(dx, dy)
  pen.line([...from, ...to], strokeOf(arrow, 3))
  if (length < 1) return
  const [ux, uy] = [dx / length, dy / length]
  const back = Math.min(HEAD, length)
  const base = [to[0] - ux * back, to[1] - uy * back]
  const points = [...to, base[0]! - uy * 5, base[1]! + ux * 5, base[0]! + uy * 5, base[1]! - ux * 5]
  pen.area(points, arrow.color, arrow.faint ? 0.45 : 1)
}

export const arrows: Kind<ArrowsPanel> = {
  axes: () => ({}),
  arrays: (panel) => panel.arrows.map(({ values }) => values),
  height: (scene) => area(scene).height + 44,

  draw(pen, scene) {
    const { panel, ink } = scene
    const box = area(scene)
    const most = 1.1 * panel.limit
    const [x0, y0] = [box.left + box.width / 2, box.top + box.height / 2]
    const unit = box.width / 2 / most
    for (const value of ticks(-most, most, 5)) {
      pen.text(box.left - 5, y0 - value * unit, tick(value), { anchor: "end", color: ink.text })
      pen.text(x0 + value * unit, box.top + box.height + 10, tick(value), { anchor: "middle", color: ink.text })
    }
    pen.line([box.left, y0, box.left + box.width, y0], { color: ink.grid })
    pen.line([x0, box.top, x0, box.top + box.height], { color: ink.grid })
    pen.ring(x0, y0, unit, { color: ink.grid })
    pen.frame(box, { color: ink.grid })
    pen.text(x0, box.top + box.height + 27, panel.x, { anchor: "middle", color: ink.faint })
    pen.text(8, y0, panel.y, { anchor: "middle", color: ink.faint, up: true })
    for (const one of panel.arrows) {
      const to = tip(scene, one.values, scene.shown)
      if (to) arrow(pen, [x0, y0], [x0 + to[0] * unit, y0 - to[1] * unit], one)
    }
  },

  mark() {},
  hit: () => null,

  said(scene): Said[] {
    const { board, panel, shown } = scene
    const lengths = panel.arrows.map((one): Said => ({ name: filled(one.name, board.axes, shown), value: null, look: one }))
    if (!panel.product) return lengths
    const [a, b] = panel.product.map((i) => panel.arrows[i]!)
    const value = product(board, a!.values, b!.values, shown)
    return [...lengths, { name: lengths.filter((_, i) => panel.product!.includes(i)).map(({ name }) => name).join(" · "), value }]
  },

  table(scene) {
    const { board, panel, shown } = scene
    const out: (string | number)[][] = [["arrow", "x", "y"]]
    for (const one of panel.arrows) {
      const to = tip(scene, one.values, shown)
      if (to) out.push([filled(one.name, board.axes, shown), ...to])
    }
    return out
  },
}
