/** What a step will need when it is drawn at first, so that it can be fetched before. */
import { choiceAhead } from "../choice"
import type { Source, Want } from "../data"
import { axisIndex, HEAD_AXES } from "../places"
import type { Manifest, StageInfo } from "../types"
import { headOf, type View } from "../view"
import { pixelsFor } from "./canvas"
import { type Fit, fit, type Frame, type Room } from "./fit"
import { multiples } from "./heads"
import { type Drawn, type Plan, plan } from "./layout"
import { fitted, inView, type Lens } from "./lens"
import type { Near } from "./room"
import { wants } from "./sheet"

/** The lens of each axis when all of it is in view. */
export function firstLenses(drawn: readonly Drawn[], cells: ReadonlyMap<string, number>, prefix = ""): Map<string, Lens> {
  const found = new Map<string, Lens>()
  for (const line of drawn.flatMap(({ rows, cols }) => [rows, cols])) {
    if (line) found.set(prefix + line.group, fitted(line.count, cells.get(line.group) ?? 1))
  }
  return found
}

function wantsOf(drawn: Drawn, frame: Frame, cells: ReadonlyMap<string, number>): Want[] {
  const lens = (line: Drawn["rows"], size: number) => fitted(line?.count ?? 1, line ? (cells.get(line.group) ?? 1) : size)
  const rows = lens(drawn.rows, frame.height)
  const cols = lens(drawn.cols, frame.width)
  return wants(drawn, inView(rows, frame.height), inView(cols, frame.width), pixelsFor(rows, cols, frame))
}

/** All that the first look at a step asks for: of the heads only where they are near the view. */
export async function firstWants(manifest: Manifest, source: Source, view: View, room: Room, near: Near): Promise<Want[]> {
  const stage = stageAt(manifest, view.step)
  if (!stage) return []
  const chosen = headOf(view, manifest)
  // Which head is worked out, where none is chosen, is said by the stage's page.
  const axis = axisIndex(stage, HEAD_AXES)
  const soft = axis >= 0 && chosen === null ? await choiceAhead(view, manifest, source) : null
  const drawing = plan(manifest, stage, chosen ?? soft?.index[axis] ?? null)
  return [...(near.heads ? headWants(drawing, chosen, room) : []), ...singleWants(drawing, fit(drawing, room))]
}

function singleWants(drawing: Plan, sizes: Fit): Want[] {
  return [...drawing.operands, drawing.output].flatMap((one) => {
    const frame = sizes.frames.get(one)
    return frame ? wantsOf(one, frame, sizes.cells) : [{ name: one.name, ranges: one.fixed }]
  })
}

/** All heads, where all are shown. */
export function headWants(drawing: Plan, head: number | null, room: Room): Want[] {
  const many = head === null ? multiples(drawing, room) : null
  return many ? together(many.drawn.flatMap((one) => wantsOf(one, many.frame, many.cells)), drawing) : []
}

/** Cells of all heads are one window; overviews stay apart. */
function together(wanted: Want[], { stack }: Plan): Want[] {
  const cells = wanted.filter(({ rows }) => rows === undefined)
  const first = cells[0]
  if (!first || !stack) return wanted
  const whole = { name: first.name, ranges: { ...first.ranges, [stack.axis]: [0, stack.count] as const } }
  return [whole, ...wanted.filter(({ rows }) => rows !== undefined)]
}

/** The stage that a step draws, if it draws one. */
export function stageAt(manifest: Manifest, step: number): StageInfo | undefined {
  const found = manifest.steps[step]
  return found?.show === "stage" ? manifest.stages[found.stage] : undefined
}
