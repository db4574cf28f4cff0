/** Which layer and which head, where the stage has them. */
import { useMemo } from "preact/hooks"
import { memo } from "../memo"
import { layersOf } from "../places"
import { rove, unfocused, useChosenInView } from "../rove"
import type { Manifest, StageInfo } from "../types"
import type { Say } from "../ui"
import type { Walk } from "../walk"

interface Props {
  manifest: Manifest
  walk: Walk
  say: Say
  stage: StageInfo
  heads: number
  head: number | null
}

export const Choosers = memo(({ manifest, walk, say, stage, heads, head }: Props) => {
  const layers = useMemo(() => layersOf(manifest, stage), [manifest, stage])
  return (
    <div class="choosers">
      {layers.length > 1 && (
        <Chooser
          title={say("layer")}
          options={layers.map((layer) => ({ value: layer, text: String(layer), label: say("layer_n", { n: layer }) }))}
          chosen={stage.layer ?? null}
          on={(layer) => walk.dispatch({ do: "layer", layer: layer! })}
        />
      )}
      {heads > 1 && (
        <Chooser
          title={say("head")}
          options={[
            { value: null, text: say("all_heads"), label: say("any_head") },
            ...Array.from({ length: heads }, (_, n) => ({ value: n, text: String(n), label: say("head_n", { n }) })),
          ]}
          chosen={head}
          on={(chosen) => walk.dispatch({ do: "head", head: chosen })}
        />
      )}
    </div>
  )
})

interface ChooserProps {
  title: string
  options: { value: number | null; text: string; label: string }[]
  chosen: number | null
  on: (value: number | null) => void
}

function Chooser({ title, options, chosen, on }: ChooserProps) {
  const row = useChosenInView(chosen)
  return (
    <div class="chooser">
      <b aria-hidden="true">{title}</b>
      <div class="chips" ref={row} role="toolbar" aria-label={title} onKeyDown={rove("row")}>
        {options.map(({ value, text, label }) => (
          <button
            key={text}
            type="button"
            data-rove
            tabIndex={value === chosen ? 0 : -1}
            aria-label={label}
            aria-pressed={value === chosen}
            onMouseDown={unfocused}
            onClick={() => on(value)}
          >
            {text}
          </button>
        ))}
      </div>
    </div>
  )
}
