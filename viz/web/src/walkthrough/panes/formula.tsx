/** A formula, typeset. Its place is kept until KaTeX is there; where it fails, the LaTeX itself is shown. */
import { useEffect } from "preact/hooks"
import { engine, failed, loadMaths, typeset } from "../maths"
import { memo } from "../memo"
import { useSignal } from "../signal"

export const Formula = memo(({ latex, inline = false }: { latex: string; inline?: boolean }) => {
  const katex = useSignal(engine)
  const waiting = !useSignal(failed) && !katex
  useEffect(loadMaths, [])
  const html = katex && typeset(katex, latex, !inline)
  const name = inline ? "formula inline" : "formula"
  if (!html) {
    return (
      <div class={name} data-waiting={waiting}>
        <code>{latex}</code>
      </div>
    )
  }
  return <div class={name} dangerouslySetInnerHTML={{ __html: html }} />
})
