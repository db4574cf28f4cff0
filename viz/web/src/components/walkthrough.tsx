/** The walkthrough: every stage of a forward pass, step by step. */
import { render } from "preact"
import { decodeParts } from "../decode"
import { serverAddress } from "../server"
import { component } from "../component"
import type { ComponentArguments } from "../streamlit"
import { App } from "../walkthrough/app"
import { Source } from "../walkthrough/data"
import { stylesheet } from "../walkthrough/styles"
import type { Manifest, StagePage } from "../walkthrough/types"
import { Walk } from "../walkthrough/walk"

class Instance {
  readonly host = document.createElement("div")
  private readonly place = document.createElement("div")
  private walk: Walk | null = null
  private data: unknown

  constructor() {
    const css = document.createElement("style")
    css.textContent = stylesheet
    this.host.append(css, this.place)
  }

  update({ data }: ComponentArguments): void {
    if (data === this.data) return
    this.data = data
    try {
      const { manifest, source } = read(data)
      if (this.walk) this.walk.load(manifest, held(this.walk, manifest, source))
      else this.walk = new Walk(manifest, source)
      render(<App walk={this.walk} />, this.place)
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      this.walk?.dispose()
      this.walk = null
      render(<p role="alert">This walkthrough cannot be shown: {words}</p>, this.place)
    }
  }

  dispose(): void {
    render(null, this.place)
    this.walk?.dispose()
    this.host.remove()
  }
}

function read(data: unknown): { manifest: Manifest; source: Source } {
  if (!(data instanceof Uint8Array)) throw new Error("the server sent no message")
  const { header, tensors } = decodeParts(data)
  const manifest = header.manifest as Manifest | undefined
  if (!manifest?.steps.length) throw new Error("the message has no steps")
  const source = new Source(serverAddress(), manifest)
  source.seed(tensors, (header.pages as Record<string, StagePage> | undefined) ?? {})
  return { manifest, source }
}

/** What has been fetched of a trace stays, whatever else the page now says of it. */
function held({ state: { value: now } }: Walk, manifest: Manifest, source: Source): Source {
  return now.source.id === source.id && now.manifest.missing === manifest.missing ? now.source : source
}

export default component(() => new Instance())
