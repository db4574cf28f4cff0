/** On the card of a cell: its number here, in the other pass, and the difference; and what to try without it. */
import { useLayoutEffect } from "preact/hooks"
import { exact } from "../../format"
import { type Comparing, suggested, WHICH, type Which } from "../compare"
import { useFetched } from "../fetched"
import { axesOf, stageNamed } from "../places"
import { useSelected } from "../signal"
import type { Manifest } from "../types"
import type { Say } from "../ui"
import type { CellRef } from "../view"
import type { Walk } from "../walk"
import { cellName, ranges, TERMS } from "./cell"

interface Props {
  walk: Walk
  cell: CellRef
  say: Say
}

export function Three(props: Props) {
  const compared = useSelected(props.walk.state, (state) => state.compared)
  return compared && <Numbers {...props} compared={compared} />
}

function Numbers({ compared, cell, say }: Props & { compared: Comparing }) {
  const { manifest, source } = compared.sides.difference
  const has = (stageNamed(manifest, cell.name) ?? manifest.weights[cell.name]) && !manifest.unlike!.has(cell.name)
  const asks = has && !manifest.missing ? `${manifest.trace} ${manifest.language} ${cellName(cell)}` : null
  const { value, error } = useFetched(
    asks,
    () => source.peekExplain(cell.name, cell.index, TERMS),
    (signal) => source.explain(cell.name, cell.index, TERMS, signal),
  )
  // Where nobody says how they differ, the cells themselves are there: a file holds more numbers than explanations.
  const bare = useFetched(
    has && (manifest.missing || error) ? `${source.id} ${cellName(cell)} three` : null,
    () => undefined,
    (signal) => numbersOf(compared, cell, signal),
  )
  if (!has) return <p class="quiet">{say("compare_none")}</p>
  if (bare.error) return <p role="alert" class="problem">{say("problem", { words: bare.error })}</p>
  const numbers: Partial<Record<Which, string | undefined>> = value ? { this: value.this, other: value.other, difference: value.text } : (bare.value ?? {})
  return (
    <dl class="three" data-this={numbers.this} data-other={numbers.other} data-difference={numbers.difference}>
      {WHICH.map((which) => (
        <div key={which}>
          <dt>{say(`compare_${which}`)}</dt>
          <dd>{numbers[which] ?? "…"}</dd>
        </div>
      ))}
    </dl>
  )
}

/** The cell in both passes and in their difference. */
async function numbersOf({ sides }: Comparing, cell: CellRef, signal: AbortSignal): Promise<Record<Which, string>> {
  const found = WHICH.map(async (which) => {
    const { manifest, source } = sides[which]
    return [which, exact((await source.cells(cell.name, ranges(manifest, cell), signal)).values[0]!)] as const
  })
  return Object.fromEntries(await Promise.all(found)) as Record<Which, string>
}

/** "What if this head were 0?": one press compares the pass with the one where it is. */
export function WhatIf({ walk, cell, say }: Props) {
  const manifest = useSelected(walk.state, ({ manifest, compared }): Manifest => compared?.sides.this.manifest ?? manifest)
  const stage = stageNamed(manifest, cell.name)
  if (!walk.onCompare || manifest.missing || !stage || stage.kind === "index" || stage.kind === "count") return null
  return (
    <details class="what-if">
      <summary>{say("compare_what_if")}</summary>
      <p>
        {suggested(cell.name, axesOf(manifest, cell.name), cell.index).map(({ word, edit }) => (
          <button key={word} type="button" class="tool" data-edit={edit} onClick={() => walk.onCompare!(edit)}>
            {say(`compare_zero_${word}`)}
          </button>
        ))}
      </p>
    </details>
  )
}

/** In the place of a picture that has nothing to show: the other network has no such stage of this shape. */
export function NoCounterpart({ onReady, say }: { onReady: () => void; say: Say }) {
  useLayoutEffect(onReady, [])
  return <p class="cover">{say("compare_none")}</p>
}
