/** LaTeX to HTML, with KaTeX's fonts. Loaded after the first paint: numbers first. */
import type katex from "katex"
import { Recent } from "./requests"
import { Signal } from "./signal"

type Katex = typeof katex

/** null until KaTeX is there. */
export const engine = new Signal<Katex | null>(null)

/** Whether KaTeX could not be loaded. */
export const failed = new Signal(false)

const MOST_BYTES = 4 << 20
const done = new Recent<string | null>(MOST_BYTES)
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

/** For the eye ("html") or for screen readers ("mathml"). */
type Output = "html" | "mathml"

/** HTML by KaTeX, which makes it safe; null where the LaTeX is not right, so that its text can be shown instead. */
export function typeset(katex: Katex, latex: string, display: boolean, output: Output = "html"): string | null {
  const key = `${output} ${display} ${latex}`
  const held = done.get(key)
  if (held !== undefined) return held
  const html = render(katex, latex, display, output)
  done.set(key, html, 2 * (key.length + (html?.length ?? 0)))
  return html
}

/** Typesets what the next step will show while nothing else is to be done. */
export function typesetAhead(latex: string | undefined): void {
  if (!latex) return
  whenIdle(() => engine.value && typeset(engine.value, latex, true))
}

/** Safari has no idle callback. Returns how to call it off. */
export function whenIdle(task: () => void): () => void {
  if (typeof requestIdleCallback === "undefined") {
    const timer = setTimeout(task, 200)
    return () => clearTimeout(timer)
  }
  const id = requestIdleCallback(task, { timeout: 1000 })
  return () => cancelIdleCallback(id)
}

function render(katex: Katex, latex: string, display: boolean, output: Output): string | null {
  try {
    return katex.renderToString(latex, { displayMode: display, output, throwOnError: true, trust: false, strict: "ignore" })
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
