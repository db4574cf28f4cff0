/** On the card of a cell: its number here, in the other pass, and the difference; and what to try without it. */
import { useLayoutEffect } from "preact/hooks"
import { type Comparing, suggested } from "../compare"
import { useFetched } from "../fetched"
import { axesOf, stageNamed } from "../places"
import { useSelected } from "../signal"
import type { Manifest } from "../types"
import type { Say } from "../ui"
import type { CellRef } from "../view"
import type { Walk } from "../walk"
import { cellName, TERMS } from "./cell"

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
  const { value, error } = useFetched(
    has && !manifest.missing ? `${manifest.trace} ${manifest.language} ${cellName(cell)}` : null,
    () => source.peekExplain(cell.name, cell.index, TERMS),
    (signal) => source.explain(cell.name, cell.index, TERMS, signal),
  )
  if (!has) return <p class="quiet">{say("compare_none")}</p>
  if (error) return <p role="alert" class="problem">{say("problem", { words: error })}</p>
  const numbers = { this: value?.this, other: value?.other, difference: value?.text }
  return (
    <dl class="three" data-this={numbers.this} data-other={numbers.other} data-difference={numbers.difference}>
      {(["this", "other", "difference"] as const).map((which) => (
        <div key={which}>
          <dt>{say(`compare_${which}`)}</dt>
          <dd>{numbers[which] ?? "…"}</dd>
        </div>
      ))}
    </dl>
  )
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
