/** Painting a bias; see pages/lab/drawing.py. */
import { render } from "preact"
import base from "../base.css?inline"
import { decodeParts } from "../decode"
import { App, type Start } from "../paint/app"
import style from "../paint/paint.css?inline"
import { Painting } from "../paint/painting"
import { component } from "../component"
import type { ComponentArguments } from "../streamlit"

class Instance {
  readonly host = document.createElement("div")
  private readonly place = document.createElement("div")
  private base = ""
  private start: Start | null = null

  constructor() {
    const css = document.createElement("style")
    css.textContent = base + style
    this.host.append(css, this.place)
  }

  /** What is painted stays as long as Python starts from the same numbers. */
  update({ data, setTriggerValue }: ComponentArguments): void {
    try {
      if (!(data instanceof Uint8Array)) throw new Error("the server sent no message")
      const { header, tensors } = decodeParts(data)
      const said = header.paint as { base: string; ahead: boolean; most: number }
      if (this.base !== said.base || !this.start) {
        this.base = said.base
        this.start = { painting: painting(tensors[0]!.shape, tensors[0]!.values, said.ahead), most: said.most }
      }
      const use = (message: unknown) => setTriggerValue?.("used", message)
      render(<App key={this.base} start={this.start} use={use} />, this.place)
    } catch (error) {
      this.start = null
      const words = error instanceof Error ? error.message : String(error)
      render(<p role="alert">Painting cannot be shown: {words}</p>, this.place)
    }
  }

  dispose(): void {
    render(null, this.place)
    this.host.remove()
  }
}

/** shape: [head, distance] or [head, query, key]. */
function painting(shape: readonly number[], values: Float32Array, ahead: boolean): Painting {
  const [heads, rows, cols] = shape.length === 2 ? [shape[0]!, 1, shape[1]!] : (shape as [number, number, number])
  return new Painting(heads, rows, cols, values.slice(), ahead)
}

export default component(() => new Instance())
