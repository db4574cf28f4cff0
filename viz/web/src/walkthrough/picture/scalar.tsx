/** A single number that takes part, such as the scale of the scores. */
import { useEffect, useState } from "preact/hooks"
import { isAbort, type Source } from "../data"
import { exact, short } from "../../format"
import type { Drawn } from "./layout"

export function Scalar({ drawn, source }: { drawn: Drawn; source: Source }) {
  const held = source.peekCells(drawn.name, drawn.fixed)?.values[0]
  const [value, setValue] = useState<number | undefined>(held)
  const [problem, setProblem] = useState("")
  useEffect(() => {
    const stop = new AbortController()
    source
      .cells(drawn.name, drawn.fixed, stop.signal)
      .then(({ values }) => setValue(values[0]))
      .catch((error: unknown) => isAbort(error) || setProblem(error instanceof Error ? error.message : String(error)))
    return () => stop.abort(new DOMException("left the view", "AbortError"))
  }, [drawn, source])
  const number = held ?? value
  useEffect(() => source.show({ name: drawn.name, ranges: drawn.fixed }), [drawn, source])
  return (
    <span class="scalar" title={number === undefined ? drawn.name : `${drawn.name} = ${exact(number)}`}>
      {drawn.sign} {drawn.title} = {problem || (number === undefined ? "…" : short(number))}
    </span>
  )
}
