/** One walkthrough on a page: what is shown of which trace, its link, and what is pointed at just now. */
import { Fragment } from "../fragment"
import type { Source } from "./data"
import { fragment, parse } from "./link"
import { stepOf } from "./places"
import { remember, remembered } from "./prefs"
import { Signal } from "./signal"
import type { Manifest } from "./types"
import { type Action, type CellRef, FIRST, fitting, keep, PACES, reduce, sameCell, type View } from "./view"
import { Writing } from "./writing"

export interface State {
  manifest: Manifest
  source: Source
  view: View
}

/** Edges in pixels of the window. */
export type Box = Pick<DOMRect, "left" | "right" | "top" | "bottom">

export class Walk {
  readonly state: Signal<State>
  /** Cell under the pointer. */
  readonly peek = new Signal<CellRef | null>(null)
  /** Where that cell lies in the window; null where no pointer is on it in the picture. */
  readonly peekBox = new Signal<Box | null>(null)
  /** Tensor that a phrase under the pointer names. */
  readonly lit = new Signal<string | null>(null)
  readonly help = new Signal(false)
  /** Answers given to the questions of this trace, by their key; -1 where the answer was only revealed. */
  readonly guessed = new Signal<ReadonlyMap<string, number>>(new Map())
  /** A question that a person wants to be asked although another of its kind has been. */
  readonly asking = new Signal<string | null>(null)
  readonly writing = new Writing(() => this.state.value)
  private readonly link = new Fragment((hash) => this.moved(hash))
  private search = location.search

  constructor(manifest: Manifest, source: Source) {
    const given = parse(this.link.text, manifest)
    const view = given ? { ...preferred(), ...given } : begin(preferred(), manifest)
    this.state = new Signal({ manifest, source, view: fitting(view, manifest) })
    this.tell()
  }

  readonly dispatch = (action: Action): boolean => {
    const { manifest, view } = this.state.value
    let next = reduce(view, action, manifest)
    // Whoever takes the wheel stops the playing.
    if (next.playing && next.step !== view.step && action.do !== "beat") next = { ...next, playing: false }
    if (next === view) return false
    if (next.step !== view.step) this.unpoint()
    this.show(next)
    this.write(action.do === "beat" || view.playing ? "replace" : "push")
    if (next.pace !== view.pace) remember("pace", String(next.pace))
    if (next.guesses !== view.guesses) remember("guesses", next.guesses ? "on" : "off")
    return true
  }

  readonly point = (cell: CellRef | null, box: Box | null = null): void => {
    this.peekBox.value = box
    if (!sameCell(cell, this.peek.value)) this.peek.value = cell
  }

  /** Another model or input, with as much of the view as fits; or what the link says, where back or forward led. */
  load(manifest: Manifest, source: Source): void {
    const { view, manifest: before } = this.state.value
    const linked = (before.stands_in || this.search !== location.search) && parse(this.link.text, manifest)
    this.search = location.search
    this.unpoint()
    const next = linked ? fitting({ ...view, ...linked }, manifest) : keep(view, before, manifest)
    if (manifest.trace !== before.trace) this.guessed.value = new Map()
    this.state.value = { manifest, source, view: next }
    this.tell()
    this.writing.loaded(before, manifest, source)
  }

  dispose(): void {
    this.writing.dispose()
    this.link.dispose()
  }

  private show(view: View): void {
    this.state.value = { ...this.state.value, view }
  }

  /** Writes the link without being asked: not while another trace stands in for the one that the link is about. */
  private tell(): void {
    if (!this.state.value.manifest.stands_in) this.write("replace")
  }

  private write(how: "push" | "replace"): void {
    const { manifest, view } = this.state.value
    this.link.write(fragment(view, manifest), how)
  }

  private moved(hash: string): void {
    const { manifest, view } = this.state.value
    const linked = parse(hash, manifest)
    if (!linked) return
    this.unpoint()
    this.show(fitting({ ...view, ...linked, playing: false }, manifest))
  }

  private unpoint(): void {
    this.point(null)
    this.lit.value = null
  }
}

function preferred(): View {
  const pace = Number(remembered("pace"))
  return { ...FIRST, pace: PACES.includes(pace) ? pace : FIRST.pace, guesses: remembered("guesses") !== "off" }
}

/** What the query of the link asked for. */
function begin(view: View, manifest: Manifest): View {
  const { stage, cell, head, token, space } = manifest.start
  const step = stage === undefined ? 0 : Math.max(stepOf(manifest, stage), 0)
  const pin = stage !== undefined && cell ? { name: stage, index: cell } : null
  return { ...view, step, pin, head: head ?? null, token: token ?? null, space: space ?? false }
}
