/** A formula, typeset. Its place is kept until KaTeX is there; where it fails, the LaTeX itself is shown. */
import { useEffect, useState } from "preact/hooks"
import { engine, failed, loadMaths, typeset, whenIdle } from "../maths"
import { memo } from "../memo"
import { useSignal } from "../signal"

export const Formula = memo(({ latex, inline = false }: { latex: string; inline?: boolean }) => {
  const katex = useSignal(engine)
  const waiting = !useSignal(failed) && !katex
  useEffect(loadMaths, [])
  // What is read aloud comes a moment after what is seen: it is as much to lay out again.
  const [heard, setHeard] = useState("")
  useEffect(() => (katex ? whenIdle(() => setHeard(latex)) : undefined), [katex, latex])
  const html = katex && typeset(katex, latex, !inline)
  const name = inline ? "formula inline" : "formula"
  if (!html) {
    return (
      <div class={name} data-waiting={waiting}>
        <code>{latex}</code>
      </div>
    )
  }
  const spoken = heard === latex ? typeset(katex, latex, !inline, "mathml") : null
  return (
    <div class={name}>
      <div dangerouslySetInnerHTML={{ __html: html }} />
      {spoken && <div class="unseen" dangerouslySetInnerHTML={{ __html: spoken }} />}
    </div>
  )
})
