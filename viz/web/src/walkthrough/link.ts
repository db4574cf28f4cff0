/**
 * The view in the link. The part after "#" is ours: Streamlit neither reads it nor reruns for it.
 * What does not fit the trace is dropped without a word, since links outlive models.
 */
import { WHICH, type Which } from "./compare"
import { GREEDY, type How, read, written as said } from "./how"
import { fits, stageNamed, stepOf } from "./places"
import { type Tour, usualTour } from "./tour"
import type { Manifest, Step } from "./types"
import { type CellRef, LONGEST_TRAIL, stageNow, stepNow, type View } from "./view"

export type Linked = Pick<View, "step" | "head" | "token" | "pin" | "trail" | "range" | "space" | "tour" | "which">

/** "stage=blocks.0.attn.pattern&head=2": what makes this view, without what is as it would be anyway. */
export function fragment(view: View, manifest: Manifest, how: How = GREEDY): string {
  const { show } = stepNow(view, manifest)
  const parts: [string, string][] = [["stage", stageNow(view, manifest).name]]
  if (show !== "stage") parts.push(["show", show])
  if (view.head !== null) parts.push(["head", String(view.head)])
  if (view.token !== null) parts.push(["token", String(view.token)])
  if (view.pin) parts.push(["cell", written(view.pin)])
  if (view.pin && view.trail.length) parts.push(["trail", view.trail.map(written).join(";")])
  if (view.range === "full") parts.push(["range", "full"])
  if (view.space !== Boolean(manifest.start.space)) parts.push(["view", view.space ? "scene" : "picture"])
  if (view.tour !== null && view.tour !== usualTour(manifest)) parts.push(["tour", view.tour])
  if (view.which !== null) parts.push(["compare", view.which])
  if (said(how)) parts.push(["how", said(how)])
  return parts.map(([key, value]) => `${key}=${escaped(value)}`).join("&")
}

/** Reads what `fragment` wrote, with or without "#". null where it names no stage of this trace. */
export function parse(text: string, manifest: Manifest): Linked | null {
  const given = new URLSearchParams(text.replace(/^#/, ""))
  const name = given.get("stage") ?? ""
  if (!stageNamed(manifest, name)) return null
  const step = stepOf(manifest, name, show(given.get("show")))
  const pin = cell(given.get("cell"), manifest)
  const trail = (given.get("trail") ?? "").split(";").filter(Boolean)
  const cells = trail.slice(-LONGEST_TRAIL).map((one) => cell(one, manifest))
  return {
    step,
    head: whole(given.get("head")),
    token: whole(given.get("token")),
    pin,
    // A trail with a gap would tell a false story.
    trail: pin && cells.every((one) => one !== null) ? cells : [],
    range: given.get("range") === "full" ? "full" : "robust",
    tour: tour(given.get("tour")),
    space: (given.get("view") ?? (manifest.start.space ? "scene" : "picture")) === "scene",
    which: whichOf(text),
  }
}

/** Which of two compared passes a fragment speaks of: what else it says is to be read in that one's terms. */
export function whichOf(text: string): Which | null {
  const given = new URLSearchParams(text.replace(/^#/, "")).get("compare")
  return WHICH.find((which) => which === given) ?? null
}

/** How the next token is chosen, as a fragment says it. */
export function howOf(text: string): How {
  return read(new URLSearchParams(text.replace(/^#/, "")).get("how") ?? "")
}

function written(cell: CellRef): string {
  return `${cell.name}:${cell.index.join()}`
}

function escaped(value: string): string {
  return encodeURIComponent(value).replace(/%3A/g, ":").replace(/%2C/g, ",").replace(/%3B/g, ";")
}

function cell(text: string | null, manifest: Manifest): CellRef | null {
  const found = /^([\w.]+):(\d{1,9}(?:,\d{1,9})*)?$/.exec(text ?? "")
  if (!found) return null
  const index = found[2] === undefined ? [] : found[2].split(",").map(Number)
  const read = { name: found[1]!, index }
  return fits(manifest, read) ? read : null
}

function show(text: string | null): Step["show"] {
  return text === "predict" || text === "loss" ? text : "stage"
}

function tour(text: string | null): Tour | null {
  return text === "short" || text === "all" ? text : null
}

function whole(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null
}
