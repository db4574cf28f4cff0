/** What stands above the painting: which head, what the brush puts down, and undo, redo, clear, use. */
import type { Painting } from "./painting"

const WIDTHS = [1, 3, 5]
const REACH = 10

interface Props {
  painting: Painting
  head: number
  all: boolean
  value: number
  width: number
  most: number
  fresh: boolean
  onHead: (head: number) => void
  onAll: (all: boolean) => void
  onValue: (value: number) => void
  onWidth: (width: number) => void
  onUndo: () => void
  onRedo: () => void
  onClear: () => void
  onUse: () => void
}

export function Tools(p: Props) {
  const curve = p.painting.rows === 1
  const number = (event: Event) => {
    const value = (event.target as HTMLInputElement).valueAsNumber
    if (Number.isFinite(value)) p.onValue(Math.min(Math.max(value, -p.most), p.most))
  }
  return (
    <div class="tools">
      <fieldset>
        <legend>Head</legend>
        {Array.from({ length: p.painting.heads }, (_, h) => (
          <button key={h} type="button" aria-pressed={h === p.head} onClick={() => p.onHead(h)}>
            {h}
          </button>
        ))}
        <label class="check">
          <input type="checkbox" checked={p.all} onChange={(e) => p.onAll((e.target as HTMLInputElement).checked)} />
          paint all heads
        </label>
      </fieldset>
      <fieldset>
        <legend>{curve ? "Space puts" : "Brush puts"}</legend>
        <input
          type="range"
          aria-label="Brush value, slider"
          min={-REACH}
          max={REACH}
          step={0.5}
          value={p.value}
          onInput={number}
        />
        <input
          type="number"
          aria-label="Brush value"
          min={-p.most}
          max={p.most}
          step={0.5}
          value={p.value}
          onInput={number}
        />
      </fieldset>
      {!curve && (
        <fieldset>
          <legend>Width</legend>
          {WIDTHS.map((w) => (
            <button key={w} type="button" aria-pressed={w === p.width} onClick={() => p.onWidth(w)}>
              {w}
            </button>
          ))}
        </fieldset>
      )}
      <div class="acts">
        <button type="button" disabled={!p.painting.canUndo} onClick={p.onUndo}>
          Undo
        </button>
        <button type="button" disabled={!p.painting.canRedo} onClick={p.onRedo}>
          Redo
        </button>
        <button type="button" onClick={p.onClear}>
          Clear
        </button>
        <button type="button" class="use" onClick={p.onUse}>
          Use it
        </button>
        {p.fresh && <span role="status">not used yet</span>}
      </div>
    </div>
  )
}
