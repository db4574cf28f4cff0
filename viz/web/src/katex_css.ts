/** KaTeX's rules for a shadow root. Its fonts are registered on the document: a @font-face in here would be ignored. */
import katex from "katex/dist/katex.min.css?raw"

export const katexCss = katex.replace(/@font-face\s*\{[^}]*\}/g, "")
