/** Every way to move in the walkthrough. Pure: no page, no network. */
import type { Which } from "./compare"
import { axisIndex, fits, HEAD_AXES, layersOf, stepOf, TOKEN_AXES, withoutLayer } from "./places"
import { type CellRef, headOf, heads, lastStep, queryHeads, sameCell, stageNow, stepNow, tokenOf, tokens, toured, type View } from "./standing"
import { along, type Tour } from "./tour"
import type { Index, Manifest } from "./types"

export * from "./standing"

export type Action =
  | { do: "by"; steps: number }
  | { do: "step"; step: number }
  /** Shows a stage; with `index` that cell of it is pinned. */
  | { do: "stage"; name: string; index?: Index }
  | { do: "chapter"; by: 1 | -1 }
  /** The same stage in another layer. */
  | { do: "layer"; layer: number }
  | { do: "layer-by"; by: 1 | -1 }
  | { do: "head"; head: number | null }
  | { do: "head-by"; by: 1 | -1 }
  | { do: "token"; token: number | null }
  | { do: "token-by"; by: 1 | -1 }
  | { do: "pin"; cell: CellRef }
  | { do: "unpin" }
  /** From one cell into another that it is made of, or that reads it. */
  | { do: "into"; from: CellRef; cell: CellRef }
  /** Back to a cell of the trail. */
  | { do: "back"; to: number }
  | { do: "range"; range: View["range"] }
  | { do: "play"; on: boolean }
  /** One beat of playing; stops at the end. */
  | { do: "beat" }
  | { do: "pace"; seconds: number }
  | { do: "guesses"; on: boolean }
  | { do: "tour"; tour: Tour }
  | { do: "space"; on: boolean }
  /** Of two passes that are compared. */
  | { do: "which"; which: Which }

export const LONGEST_TRAIL = 12
export const PACES = [1, 2, 4, 8]

/** The view after an action; the very same object where nothing changes. */
export function reduce(view: View, action: Action, manifest: Manifest): View {
  switch (action.do) {
    case "by":
      return toStep(view, along(toured(view, manifest), view.step, action.steps), manifest)
    case "step":
      return toStep(view, action.step, manifest)
    case "stage":
      return toStage(view, action.name, action.index, manifest)
    case "chapter":
      return toStep(view, chapterStep(view, action.by, manifest), manifest)
    case "layer":
      return toLayer(view, action.layer, manifest)
    case "layer-by":
      return layerBy(view, action.by, manifest)
    case "head":
      return withHead(view, action.head, manifest)
    case "head-by":
      return withHead(view, turn(headOf(view, manifest), action.by, heads(view, manifest)), manifest)
    case "token":
      return withToken(view, action.token, manifest)
    case "token-by":
      return withToken(view, turn(tokenOf(view, manifest), action.by, tokens(view, manifest)), manifest)
    case "pin":
      return pinned(view, action.cell, manifest)
    case "unpin":
      return view.pin || view.trail.length ? { ...view, pin: null, trail: [] } : view
    case "into":
      return into(view, action.from, action.cell, manifest)
    case "back":
      return back(view, action.to, manifest)
    case "range":
      return change(view, "range", action.range)
    case "play":
      return change(view, "playing", action.on && view.step < lastStep(view, manifest))
    case "beat":
      return beat(view, manifest)
    case "pace":
      return change(view, "pace", Math.min(Math.max(action.seconds, 0.5), 60))
    case "guesses":
      return change(view, "guesses", action.on)
    case "tour":
      return change(view, "tour", action.tour)
    case "space":
      return change(view, "space", action.on)
    case "which":
      return view.which === null ? view : change(view, "which", action.which)
  }
}

/** The view in another trace: the same stage where there is one, and nothing that does not fit. */
export function keep(view: View, before: Manifest, after: Manifest): View {
  const step = stepNow(view, before)
  const same = stepOf(after, before.stages[step.stage]!.name, step.show)
  const moved = same < 0 ? { ...view, step: 0, pin: null, trail: [], playing: false } : { ...view, step: same }
  return fitting(moved, after)
}

/** Leaves out what the trace does not have. */
export function fitting(view: View, manifest: Manifest): View {
  const step = Math.min(Math.max(view.step, 0), manifest.steps.length - 1)
  const pin = view.pin && fits(manifest, view.pin) ? view.pin : null
  const trail = pin && view.trail.every((cell) => fits(manifest, cell)) ? view.trail.slice(-LONGEST_TRAIL) : []
  return { ...view, step, pin, trail }
}

function change<Key extends keyof View>(view: View, key: Key, value: View[Key]): View {
  return Object.is(view[key], value) ? view : { ...view, [key]: value }
}

function toStep(view: View, wanted: number, manifest: Manifest): View {
  const step = Math.min(Math.max(Math.trunc(wanted), 0), manifest.steps.length - 1)
  if (step === view.step || Number.isNaN(step)) return view
  return { ...view, step, pin: null, trail: [] }
}

function toStage(view: View, name: string, index: Index | undefined, manifest: Manifest): View {
  const step = stepOf(manifest, name)
  if (step < 0) return view
  const moved = toStep(view, step, manifest)
  return index ? pinned(moved, { name, index }, manifest) : moved
}

function chapterStep(view: View, by: 1 | -1, manifest: Manifest): number {
  const now = stepNow(view, manifest).chapter
  const steps = toured(view, manifest)
  const chapterOf = (step: number) => manifest.steps[step]!.chapter
  if (by > 0) return steps.find((step) => chapterOf(step) > now) ?? steps.at(-1)!
  const before = steps.filter((step) => chapterOf(step) < now).map(chapterOf).at(-1)
  return steps.find((step) => chapterOf(step) === before) ?? steps[0]!
}

function layerBy(view: View, by: 1 | -1, manifest: Manifest): View {
  const stage = stageNow(view, manifest)
  const layers = layersOf(manifest, stage)
  const next = layers[layers.indexOf(stage.layer ?? -1) + by]
  return next === undefined ? view : toLayer(view, next, manifest)
}

function toLayer(view: View, layer: number, manifest: Manifest): View {
  const stage = stageNow(view, manifest)
  const pattern = withoutLayer(stage.name)
  const twin = manifest.stages.find((other) => other.layer === layer && withoutLayer(other.name) === pattern)
  const step = twin ? stepOf(manifest, twin.name) : -1
  if (!twin || step < 0 || step === view.step) return view
  const moved = toStep(view, step, manifest)
  const pin = view.pin?.name === stage.name ? { name: twin.name, index: view.pin.index } : null
  return pin && fits(manifest, pin) ? { ...moved, pin } : moved
}

/** null, 0, 1, ..., count - 1 and round again. */
function turn(now: number | null, by: 1 | -1, count: number): number | null {
  const place = ((now === null ? 0 : now + 1) + by + count + 1) % (count + 1)
  return place === 0 ? null : place - 1
}

function withHead(view: View, head: number | null, manifest: Manifest): View {
  const count = heads(view, manifest)
  if (head === null) return change(view, "head", null)
  if (!Number.isInteger(head) || head < 0 || head >= count) return view
  // What is chosen is a query head: of those that share a key head, the first.
  const stage = stageNow(view, manifest)
  const own = axisIndex(stage, ["kv_head"]) < 0 ? head : Math.ceil((head * queryHeads(stage, manifest)) / count)
  return movePin(change(view, "head", own), HEAD_AXES, head, manifest)
}

function withToken(view: View, token: number | null, manifest: Manifest): View {
  if (token === null) return change(view, "token", null)
  if (!Number.isInteger(token) || token < 0) return view
  const moved = change(view, "token", token)
  return token < tokens(view, manifest) ? movePin(moved, TOKEN_AXES, token, manifest) : moved
}

/** The pinned cell goes along with the chosen head or token. */
function movePin(view: View, axes: readonly string[], to: number, manifest: Manifest): View {
  const stage = stageNow(view, manifest)
  if (view.pin?.name !== stage.name) return view
  const axis = axisIndex(stage, axes)
  if (axis < 0 || view.pin.index[axis] === to) return view
  const pin = { name: stage.name, index: view.pin.index.map((place, i) => (i === axis ? to : place)) }
  return { ...view, pin, trail: [] }
}

function pinned(view: View, cell: CellRef, manifest: Manifest): View {
  if (!fits(manifest, cell) || sameCell(view.pin, cell)) return view
  return follow({ ...view, pin: cell, trail: [] }, manifest)
}

/** A chosen head or token gives way to the pinned cell's. */
function follow(view: View, manifest: Manifest): View {
  const stage = stageNow(view, manifest)
  if (view.pin?.name !== stage.name) return view
  const head = view.pin.index[axisIndex(stage, ["head"])]
  const token = view.pin.index[axisIndex(stage, TOKEN_AXES)]
  return {
    ...view,
    head: view.head === null ? null : (head ?? view.head),
    token: view.token === null ? null : (token ?? view.token),
  }
}

function into(view: View, from: CellRef, cell: CellRef, manifest: Manifest): View {
  if (!fits(manifest, cell) || !fits(manifest, from)) return view
  const been = view.trail.findIndex((earlier) => sameCell(earlier, cell))
  if (been >= 0) return back(view, been, manifest)
  const trail = [...view.trail, from].slice(-LONGEST_TRAIL)
  return follow({ ...view, step: stepFor(view, cell, manifest), pin: cell, trail }, manifest)
}

function back(view: View, to: number, manifest: Manifest): View {
  const cell = view.trail[to]
  if (!cell) return view
  return follow({ ...view, step: stepFor(view, cell, manifest), pin: cell, trail: view.trail.slice(0, to) }, manifest)
}

/** A weight has no step of its own: it is looked at where it is used. */
function stepFor(view: View, cell: CellRef, manifest: Manifest): number {
  if (stageNow(view, manifest).name === cell.name) return view.step
  const step = stepOf(manifest, cell.name)
  return step < 0 ? view.step : step
}

function beat(view: View, manifest: Manifest): View {
  const next = reduce(view, { do: "by", steps: 1 }, manifest)
  return next.step >= lastStep(view, manifest) ? { ...next, playing: false } : next
}
