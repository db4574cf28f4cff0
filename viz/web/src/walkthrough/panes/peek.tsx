/** One line about the cell under the pointer. It has its place always, so that nothing jumps. */
import { signed } from "../../format"
import type { Source } from "../data"
import { memo } from "../memo"
import { stageNamed } from "../places"
import { useSignal } from "../signal"
import type { Manifest } from "../types"
import type { Say } from "../ui"
import type { CellRef } from "../view"
import type { Walk } from "../walk"
import { axisName, cellName, useExplanation, valueText } from "./cell"

/** Milliseconds the pointer must rest before anybody is asked. */
export const REST = 70

interface Props {
  manifest: Manifest
  source: Source
  walk: Walk
  say: Say
}

export const Peek = memo(({ manifest, source, walk, say }: Props) => {
  const cell = useSignal(walk.peek)
  const { text, explanation } = usePeeked(source, manifest, cell)
  if (!cell) return <p class="peek quiet">{say("cell_none")}</p>
  const places = explanation?.places.map(([axis, words]) => `${axisName(manifest, axis)} ${words}`).join(", ")
  return (
    <p class="peek" data-peek data-name={cell.name} data-index={cell.index.join(",")} data-value={text}>
      <strong>{signed(text)}</strong> <code>{cellName(cell)}</code> {places}
    </p>
  )
})

/** What is known of the cell under the pointer, by now. */
export function usePeeked(source: Source, manifest: Manifest, cell: CellRef | null) {
  const isStage = cell !== null && stageNamed(manifest, cell.name) !== undefined
  const { value: explanation } = useExplanation(source, manifest, isStage ? cell : null, REST)
  const text = explanation?.text ?? (cell && valueText(source, manifest, cell)) ?? "…"
  return { text, explanation }
}
