/** One walkthrough on a page: what is shown of which trace, its link, and what is pointed at just now. */
import { Fragment } from "../fragment"
import { type Comparing, type Side, startOf, type Which } from "./compare"
import type { Source } from "./data"
import { fragment, howOf, parse, whichOf } from "./link"
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
  /** With another pass, if there is one; manifest and source are those of the side that `view.which` names. */
  compared: Comparing | null
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
  /** Questions whose answers were read and folded away, by their key. */
  readonly folded = new Signal<ReadonlySet<string>>(new Set())
  /** A question that a person wants to be asked although another of its kind has been. */
  readonly asking = new Signal<string | null>(null)
  readonly writing = new Writing(() => this.state.value)
  /** Asks the page to compare with something: set where the page can. */
  onCompare: ((against: string) => void) | null = null
  private readonly link = new Fragment((hash) => this.moved(hash))
  private search = location.search
  private own: Side

  constructor(manifest: Manifest, source: Source, compared: Comparing | null = null) {
    this.own = { manifest, source }
    const which = compared && (whichOf(this.link.text) ?? startOf(compared))
    const side = this.side(which, compared)
    const given = parse(this.link.text, side.manifest)
    const view = given ? { ...preferred(), ...given } : begin(preferred(), side.manifest)
    this.state = new Signal({ ...side, view: fitting({ ...view, which }, side.manifest), compared })
    this.writing.takeHow(howOf(this.link.text))
    this.writing.onHow = () => this.tell()
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
  load(manifest: Manifest, source: Source, compared: Comparing | null = null): void {
    const { view, manifest: before } = this.state.value
    const which = compared && (whichOf(this.link.text) ?? view.which ?? startOf(compared))
    const side = this.side(which, compared, { manifest, source })
    const linked = (before.stands_in || this.search !== location.search) && parse(this.link.text, side.manifest)
    this.search = location.search
    this.unpoint()
    const next = linked ? fitting({ ...view, ...linked }, side.manifest) : keep(view, before, side.manifest)
    if (manifest.trace !== this.own.manifest.trace) {
      this.guessed.value = new Map()
      this.folded.value = new Set()
    }
    this.own = { manifest, source }
    this.state.value = { ...side, view: { ...next, which }, compared }
    this.tell()
    this.writing.loaded(before, manifest, source)
  }

  /** What has been fetched of a trace stays, whatever else the page now says of it. */
  held(manifest: Manifest, source: Source): Source {
    const { manifest: before, source: known } = this.own
    return known.id === source.id && before.missing === manifest.missing ? known : source
  }

  dispose(): void {
    this.writing.dispose()
    this.link.dispose()
  }

  private side(which: Which | null, compared: Comparing | null, own = this.own): Side {
    return which === null || which === "this" || !compared ? own : compared.sides[which]
  }

  /** A view of the trace that is shown, or, with another `which`, what it comes to in the other one. */
  private show(view: View): void {
    const { compared, manifest: before } = this.state.value
    const side = this.side(view.which, compared)
    const same = side.manifest === before
    this.state.value = { ...side, view: same ? view : keep(view, before, side.manifest), compared }
  }

  /** Writes the link without being asked: not while another trace stands in for the one that the link is about. */
  private tell(): void {
    if (!this.state.value.manifest.stands_in) this.write("replace")
  }

  private write(how: "push" | "replace"): void {
    const { manifest, view } = this.state.value
    this.link.write(fragment(view, manifest, this.writing.state.value.how), how)
  }

  private moved(hash: string): void {
    const { view, compared } = this.state.value
    const which = compared && (whichOf(hash) ?? view.which)
    const side = this.side(which, compared)
    const linked = parse(hash, side.manifest)
    if (!linked) return
    this.writing.takeHow(howOf(hash))
    this.unpoint()
    this.state.value = { ...side, view: fitting({ ...view, ...linked, which, playing: false }, side.manifest), compared }
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
