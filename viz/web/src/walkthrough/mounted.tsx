/** A walkthrough in its place, with its own styles: in Streamlit's page, or in a file. */
import { render } from "preact"
import { App } from "./app"
import type { Source } from "./data"
import { stylesheet } from "./styles"
import type { Manifest } from "./types"
import { speaker } from "./ui"
import { Walk } from "./walk"
import type { Tell } from "./writing"

export class Mounted {
  readonly host = document.createElement("div")
  private readonly place = document.createElement("div")
  private walk: Walk | null = null
  private tell: Tell | null = null

  constructor() {
    const css = document.createElement("style")
    css.textContent = stylesheet
    this.host.append(css, this.place)
  }

  /** Another trace or another language keeps as much of the view as fits. */
  show(manifest: Manifest, source: Source): void {
    if (this.walk) this.walk.load(manifest, held(this.walk, manifest, source))
    else this.walk = new Walk(manifest, source)
    this.walk.writing.tell = this.tell
    render(<App walk={this.walk} />, this.place)
  }

  /** Who is told when the input is to grow; null where nobody could run the model, as in a file. */
  hear(tell: Tell | null): void {
    this.tell = tell
    if (this.walk) this.walk.writing.tell = tell
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

/** What has been fetched of a trace stays, whatever else the page now says of it. */
function held({ state: { value: now } }: Walk, manifest: Manifest, source: Source): Source {
  return now.source.id === source.id && now.manifest.missing === manifest.missing ? now.source : source
}
