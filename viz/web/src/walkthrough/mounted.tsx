/** A walkthrough in its place, with its own styles: in Streamlit's page, or in a file. */
import { render } from "preact"
import { App } from "./app"
import { serverAddress } from "../server"
import { comparing, type Comparing, type Side } from "./compare"
import type { Source } from "./data"
import { stylesheet } from "./styles"
import { speaker } from "./ui"
import type { Compared } from "./compared"
import type { Manifest } from "./types"
import { Walk } from "./walk"
import type { Tell } from "./writing"

/** Who is asked for what is not here: the server, or in a file the document. */
interface Where {
  base: string
  ask?: typeof fetch
}

export class Mounted {
  readonly host = document.createElement("div")
  private readonly place = document.createElement("div")
  private walk: Walk | null = null
  private tell: Tell | null = null
  private compareWith: ((against: string) => void) | null = null

  constructor() {
    const css = document.createElement("style")
    css.textContent = stylesheet
    this.host.append(css, this.place)
  }

  /** Another trace or another language keeps as much of the view as fits. */
  show(manifest: Manifest, fresh: Source, told?: Compared, where: Where = { base: serverAddress() }): void {
    const source = this.walk?.held(manifest, fresh) ?? fresh
    const compared = told ? compare({ manifest, source }, told, this.walk, where) : null
    if (this.walk) this.walk.load(manifest, source, compared)
    else this.walk = new Walk(manifest, source, compared)
    this.walk.onCompare = this.compareWith
    this.walk.writing.tell = this.tell
    render(<App walk={this.walk} />, this.place)
  }

  /** Who is told when the input is to grow, and with what to compare; null where nobody could run the model, as in a file. */
  hear(tell: Tell | null, compareWith: ((against: string) => void) | null): void {
    this.tell = tell
    this.compareWith = compareWith
    if (!this.walk) return
    this.walk.writing.tell = tell
    this.walk.onCompare = compareWith
  }

  fail(words: string): void {
    // Words of the catalogue come with a message that can be read: before the first one there is English.
    const say = speaker({ not_shown: "This walkthrough cannot be shown: {words}", ...this.walk?.state.value.manifest.ui })
    this.walk?.dispose()
    this.walk = null
    render(<p role="alert">{say("not_shown", { words })}</p>, this.place)
  }

  dispose(): void {
    render(null, this.place)
    this.walk?.dispose()
    this.host.remove()
  }
}

/** The same two in the same language: what has been fetched of them stays. */
function compare(side: Side, told: Compared, walk: Walk | null, { base, ask }: Where): Comparing {
  const before = walk?.state.value.compared
  const same = before?.told.pair === told.pair && before.sides.this.manifest.language === side.manifest.language
  return same ? before : comparing(base, side, told, ask)
}
