/** A single number that takes part, such as the scale of the scores. */
import { useEffect } from "preact/hooks"
import type { Source } from "../data"
import { useFetched } from "../fetched"
import { exact, short } from "../../format"
import type { Drawn } from "./layout"

export function Scalar({ drawn, source }: { drawn: Drawn; source: Source }) {
  const { value: number, error: problem } = useFetched(
    `${source.id} ${JSON.stringify([drawn.name, drawn.fixed])}`,
    () => source.peekCells(drawn.name, drawn.fixed)?.values[0],
    async (signal) => (await source.cells(drawn.name, drawn.fixed, signal)).values[0]!,
  )
  useEffect(() => source.show({ name: drawn.name, ranges: drawn.fixed }), [drawn, source])
  return (
    <span class="scalar" title={number === undefined ? drawn.name : `${drawn.name} = ${exact(number)}`}>
      {drawn.sign} {drawn.title} = {problem || (number === undefined ? "…" : short(number))}
    </span>
  )
}
