/** A formula, typeset. Until KaTeX is there, and where it cannot read the LaTeX, the LaTeX itself. */
import { useEffect } from "preact/hooks"
import { engine, loadMaths, typeset } from "../maths"
import { memo } from "../memo"
import { useSignal } from "../signal"

export const Formula = memo(({ latex, inline = false }: { latex: string; inline?: boolean }) => {
  const katex = useSignal(engine)
  useEffect(loadMaths, [])
  const html = katex && typeset(katex, latex, !inline)
  const name = inline ? "formula inline" : "formula"
  if (!html) {
    return (
      <div class={name}>
        <code>{latex}</code>
      </div>
    )
  }
  return <div class={name} dangerouslySetInnerHTML={{ __html: html }} />
})
