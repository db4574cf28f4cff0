/** A slider for each axis, and a button that plays it to its end. */
import { useEffect, useState } from "preact/hooks"
import { useSignal } from "../../walkthrough/signal"
import { called, type CursorState } from "../cursors"
import type { Axis, Board } from "../types"

const BEAT = 140
/** Who asked for less motion gets single steps, slow enough to be looked at. */
const CALM_BEAT = 1000
/** However many places there are, playing them takes about so long at most, in milliseconds. */
const LONGEST = 12_000

export function Controls({ board, state }: { board: Board; state: CursorState }) {
  const some = Object.entries(board.axes).filter(([, axis]) => axis.slider && axis.size > 1)
  if (!some.length) return null
  return (
    <div class="controls" role="group" aria-label="Cursors">
      {some.map(([name, axis]) => (
        <Control key={name} name={name} axis={axis} state={state} />
      ))}
    </div>
  )
}

function Control({ name, axis, state }: { name: string; axis: Axis; state: CursorState }) {
  const place = useSignal(state.places).pinned[name] ?? 0
  const words = called(axis, place)
  return (
    <div class="control">
      <label>
        <span class="name">
          {axis.title} <output>{words}</output>
        </span>
        <input
          type="range"
          min={0}
          max={axis.size - 1}
          value={place}
          data-axis={name}
          aria-label={axis.title}
          aria-valuetext={words}
          onInput={(event) => state.move(name, Number(event.currentTarget.value))}
        />
      </label>
      {axis.play && <Play name={name} axis={axis} state={state} />}
    </div>
  )
}

function Play({ name, axis, state }: { name: string; axis: Axis; state: CursorState }) {
  const [playing, setPlaying] = useState(false)
  const last = axis.size - 1
  useEffect(() => {
    if (!playing) return
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
    const stride = calm ? 1 : Math.max(1, Math.ceil((last * BEAT) / LONGEST))
    const timer = setInterval(
      () => {
        const now = state.places.value.pinned[name] ?? 0
        if (now >= last || document.hidden) setPlaying(false)
        else state.move(name, now + stride)
      },
      calm ? CALM_BEAT : Math.max(BEAT, Math.min(450, LONGEST / 4 / Math.max(last, 1))),
    )
    return () => clearInterval(timer)
  }, [playing, name, last, state])
  const start = () => {
    if (!playing && (state.places.value.pinned[name] ?? 0) >= last) state.move(name, 0)
    setPlaying(!playing)
  }
  return (
    <button type="button" class="play" aria-pressed={playing} aria-label={`Play ${axis.title}`} onClick={start}>
      {playing ? "❚❚" : "▶"}
    </button>
  )
}
