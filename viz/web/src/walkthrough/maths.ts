/** LaTeX to HTML, with KaTeX's fonts. Loaded after the first paint: numbers first. */
import type katex from "katex"
import { Signal } from "./signal"

type Katex = typeof katex

/** null until KaTeX is there. */
export const engine = new Signal<Katex | null>(null)

/** Whether KaTeX could not be loaded. */
export const failed = new Signal(false)

const MOST = 300
const done = new Map<string, string | null>()
let started = false

const FONTS = import.meta.glob<string>("/node_modules/katex/dist/fonts/KaTeX_*.woff2", {
  eager: true,
  query: "?url",
  import: "default",
})

export function loadMaths(): void {
  if (started) return
  started = true
  registerFonts()
  void import("katex").then(
    (module) => {
      engine.value = module.default
    },
    (problem: unknown) => {
      failed.value = true
      throw problem
    },
  )
}

/** HTML by KaTeX, which makes it safe; null where the LaTeX is not right, so that its text can be shown instead. */
export function typeset(katex: Katex, latex: string, display: boolean): string | null {
  const key = `${display}${latex}`
  const held = done.get(key)
  if (held !== undefined) return held
  if (done.size >= MOST) done.clear()
  const html = render(katex, latex, display)
  done.set(key, html)
  return html
}

function render(katex: Katex, latex: string, display: boolean): string | null {
  try {
    return katex.renderToString(latex, { displayMode: display, throwOnError: true, trust: false, strict: "ignore" })
  } catch (error) {
    if (error instanceof Error && error.name === "ParseError") return null
    throw error
  }
}

/** On the document, because a @font-face inside a shadow root is ignored. A browser fetches only those in use. */
function registerFonts(): void {
  if (typeof FontFace === "undefined") return
  for (const [path, address] of Object.entries(FONTS)) {
    const [, family, style] = /(KaTeX_\w+)-(\w+)\.woff2$/.exec(path) ?? []
    if (!family || !style) continue
    const face = new FontFace(family, `url("${address}")`, {
      weight: style.includes("Bold") ? "700" : "400",
      style: style.includes("Italic") ? "italic" : "normal",
    })
    document.fonts.add(face)
  }
}
