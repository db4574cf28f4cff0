/** The home page's picture: one real forward pass, each step a heatmap, in the order computed. */
import base from "../base.css?inline"
import { decode, type Message, type Tensor } from "../decode"
import matrixStyle from "../matrix.css?inline"
import { MatrixView } from "../matrix"
import { component } from "../component"
import type { ComponentArguments } from "../streamlit"
import { isDark, onThemeChange } from "../theme"
import style from "./glance.css?inline"

const NOTHING: Message = { tensors: [], tokens: [], flow: [], label: "" }
const WIDEST = 340
const TALLEST = 260
/** Axes along which a row is a token, so that pointing at one marks it everywhere. */
const TOKEN_AXES = new Set(["position", "query"])

class Glance {
  readonly host = document.createElement("section")
  private readonly tokens = document.createElement("ol")
  private readonly flow = document.createElement("ol")
  private readonly problem = document.createElement("p")
  private readonly resize = new ResizeObserver(() => this.layOut())
  private readonly stopTheme = onThemeChange(this.host, () => this.layOut())
  private views = new Map<string, MatrixView>()
  private message: Message = NOTHING
  private width = 0
  private dark = false

  constructor() {
    this.host.dataset.glassformer = "glance"
    this.tokens.className = "tokens"
    this.flow.className = "flow"
    this.problem.setAttribute("role", "alert")
    const css = document.createElement("style")
    css.textContent = base + matrixStyle + style
    this.host.append(css, this.tokens, this.flow, this.problem)
    this.resize.observe(this.host)
  }

  update({ data }: ComponentArguments): void {
    this.problem.textContent = ""
    try {
      this.message = data instanceof Uint8Array ? decode(data) : NOTHING
    } catch (error) {
      this.problem.textContent = `This picture cannot be shown: ${error instanceof Error ? error.message : error}`
    }
    this.host.setAttribute("aria-label", this.message.label)
    this.tokens.replaceChildren(...this.message.tokens.map(tokenItem))
    this.build()
    this.width = 0
    this.layOut()
    this.mark(null)
    this.host.dataset.ready = "true"
  }

  dispose(): void {
    this.resize.disconnect()
    this.stopTheme()
    this.host.remove()
  }

  /** Keeps the pictures that are there already: new numbers must not make the page blink. */
  private build(): void {
    const previous = this.views
    this.views = new Map()
    for (const { name } of this.steps()) {
      this.views.set(name, previous.get(name) ?? new MatrixView((tensor, row) => this.point(tensor, row)))
    }
    const names = [...this.views.keys()]
    if (names.join("\n") === [...previous.keys()].join("\n")) return
    this.flow.replaceChildren(
      ...names.map((name, order) => {
        const item = document.createElement("li")
        item.style.setProperty("--order", String(order))
        item.append(this.views.get(name)!.element)
        return item
      }),
    )
  }

  private steps(): Tensor[] {
    const byName = new Map(this.message.tensors.map((tensor) => [tensor.name, tensor]))
    return this.message.flow.flatMap((name) => byName.get(name) ?? [])
  }

  private layOut(): void {
    const width = this.host.clientWidth || WIDEST
    const dark = isDark(this.host)
    // Painting changes our height, which calls back: only a new width or theme is news.
    if (width === this.width && dark === this.dark) return
    this.width = width
    this.dark = dark
    for (const tensor of this.steps()) {
      this.views.get(tensor.name)?.show(tensor, Math.min(width - 8, WIDEST), TALLEST, dark)
    }
  }

  private point(from: Tensor, row: number | null): void {
    this.mark(TOKEN_AXES.has(from.axes[0] ?? "") ? row : null)
  }

  private mark(token: number | null): void {
    if (token === null) delete this.host.dataset.token
    else this.host.dataset.token = String(token)
    for (const tensor of this.steps()) {
      if (TOKEN_AXES.has(tensor.axes[0] ?? "")) this.views.get(tensor.name)?.mark(token)
    }
    Array.from(this.tokens.children).forEach((item, index) => {
      if (index === token) item.setAttribute("aria-current", "true")
      else item.removeAttribute("aria-current")
    })
  }
}

function tokenItem(token: string): HTMLElement {
  const item = document.createElement("li")
  const text = document.createElement("bdi")
  text.textContent = token
  item.append(text)
  return item
}

export default component(() => new Glance())
