/** The whole walk as a line: chapters in the colour of their place, to scrub; and the buttons that move along it. */
import { useMemo, useRef, useState } from "preact/hooks"
import { colourOf, rail, stepAt, type Rail as Laid } from "../layout"
import { memo } from "../memo"
import { unfocused } from "../rove"
import type { Manifest } from "../types"
import { placeIn, stepsOf, type Tour } from "../tour"
import type { Say } from "../ui"
import { PACES } from "../view"
import type { Walk } from "../walk"
import { CopyLink } from "./copy_link"

interface Props {
  manifest: Manifest
  walk: Walk
  say: Say
  step: number
  tour: Tour
  playing: boolean
  pace: number
}

export const Rail = memo(({ manifest, walk, say, step, tour, playing, pace }: Props) => {
  const steps = stepsOf(manifest, tour)
  const first = steps[0]!
  const last = steps.at(-1)!
  const place = placeIn(steps, step)
  const on = steps[place] === step
  // Where there is little room, all but the buttons that step waits behind a button. It is hidden where there is room.
  const [open, setOpen] = useState(false)
  const by = (steps: number) => () => walk.dispatch({ do: "by", steps })
  return (
    <div class="rail" data-open={open}>
      <div class="controls">
        <Button label={say("first")} off={step <= first} on={by(-Infinity)} shape={SHAPES.first} />
        <Button label={say("previous")} off={step <= first} on={by(-1)} shape={SHAPES.previous} />
        <Button
          label={say(playing ? "pause" : "play")}
          off={step >= last && !playing}
          on={() => walk.dispatch({ do: "play", on: !playing })}
          shape={playing ? SHAPES.pause : SHAPES.play}
        />
        <Button label={say(on ? "next" : "next_tour")} off={step >= last} on={by(1)} shape={SHAPES.next} main />
        <label class="pace">
          <span class="unseen">{say("pace")}</span>
          <select
            value={String(pace)}
            onChange={(event) => walk.dispatch({ do: "pace", seconds: Number(event.currentTarget.value) })}
          >
            {PACES.map((seconds) => (
              <option key={seconds} value={String(seconds)}>
                {say("seconds", { n: seconds })}
              </option>
            ))}
          </select>
        </label>
        <output class="count">{say(on ? "step_of" : "step_after", { n: place + 1, total: steps.length })}</output>
      </div>
      <button
        type="button"
        class="tool unfold"
        aria-expanded={open}
        aria-label={say("rail_more")}
        title={say("rail_more")}
        onClick={() => setOpen(!open)}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d={SHAPES.more} fill="none" />
        </svg>
      </button>
      <Track manifest={manifest} walk={walk} say={say} step={step} steps={steps} />
      <div class="tools">
        <Tours manifest={manifest} walk={walk} say={say} tour={tour} />
        <CopyLink say={say} />
        <button
          type="button"
          class="tool"
          aria-label={say("help")}
          title={say("help")}
          onClick={() => {
            walk.help.value = true
          }}
        >
          ?
        </button>
      </div>
    </div>
  )
})

/** Which steps are gone through, where there is a choice. */
const Tours = memo(({ manifest, walk, say, tour }: Pick<Props, "manifest" | "walk" | "say" | "tour">) => {
  const many = { short: stepsOf(manifest, "short").length, all: manifest.steps.length }
  if (many.short === many.all) return null
  return (
    <div class="tours" role="group" aria-label={say("tour")}>
      {(["short", "all"] as const).map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={one === tour}
          onMouseDown={unfocused}
          onClick={() => walk.dispatch({ do: "tour", tour: one })}
        >
          {say(`tour_${one}`, { n: many[one] })}
        </button>
      ))}
    </div>
  )
})

/** More steps than this are drawn without a tick for each. */
const MOST_TICKS = 250

interface TrackProps extends Pick<Props, "manifest" | "walk" | "say" | "step"> {
  steps: readonly number[]
}

function Track({ manifest, walk, say, step, steps }: TrackProps) {
  const laid = useMemo(() => rail(manifest, steps), [manifest, steps])
  const track = useRef<HTMLDivElement>(null)
  const scrub = (event: PointerEvent) => {
    if (!(event.buttons & 1)) return
    const box = track.current!.getBoundingClientRect()
    walk.dispatch({ do: "step", step: stepAt(laid, (100 * (event.clientX - box.left)) / box.width) })
  }
  const press = (event: PointerEvent) => {
    track.current!.setPointerCapture(event.pointerId)
    scrub(event)
  }
  const place = placeIn(steps, step)
  const at = laid.steps.get(steps[place]!)!
  return (
    <div
      class="track"
      ref={track}
      role="slider"
      tabIndex={0}
      aria-label={say("steps")}
      aria-valuemin={1}
      aria-valuemax={steps.length}
      aria-valuenow={place + 1}
      aria-valuetext={manifest.stages[manifest.steps[step]!.stage]!.title}
      onPointerDown={press}
      onPointerMove={scrub}
      onMouseDown={unfocused}
      onKeyDown={(event) => slide(event, walk)}
    >
      <Segments manifest={manifest} laid={laid} chapter={manifest.steps[step]!.chapter} />
      <div class="thumb" style={{ left: `${at}%` }} />
    </div>
  )
}

const Segments = memo(({ manifest, laid, chapter }: { manifest: Manifest; laid: Laid; chapter: number }) => (
  <div class={laid.steps.size > MOST_TICKS ? "segments dense" : "segments"} aria-hidden="true">
    {laid.segments.map((segment) => {
      const { title } = manifest.chapters[segment.chapter]!
      const style = {
        left: `${segment.left}%`,
        width: `${segment.width}%`,
        "--place": colourOf(manifest, segment.chapter),
        "--steps": segment.steps,
      }
      return <i key={segment.chapter} class={segment.chapter === chapter ? "now" : ""} style={style} title={title} />
    })}
    {laid.parts.map(({ layer, left, width }, number) =>
      layer === undefined || width < 1.6 ? null : (
        <b key={number} style={{ left: `${left}%`, width: `${width}%` }}>
          {layer}
        </b>
      ),
    )}
  </div>
))

function slide(event: KeyboardEvent, walk: Walk): void {
  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, Home: -Infinity, End: Infinity }[event.key]
  if (steps === undefined || event.altKey || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  event.stopPropagation()
  walk.dispatch({ do: "by", steps })
}

const SHAPES = {
  first: "M5 4.5v11M15 4.5 9.5 10l5.5 5.5",
  previous: "M12.5 4.5 7 10l5.5 5.5",
  next: "M7.5 4.5 13 10l-5.5 5.5",
  play: "M6.5 4v12l9-6z",
  pause: "M7 4.5v11M13 4.5v11",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
}

interface ButtonProps {
  label: string
  off: boolean
  on: () => void
  shape: string
  main?: boolean
}

/** Not `disabled`, which would take the focus away at the first and at the last step. */
function Button({ label, off, on, shape, main = false }: ButtonProps) {
  return (
    <button
      type="button"
      class={main ? "tool main" : "tool"}
      aria-label={label}
      title={label}
      aria-disabled={off}
      onMouseDown={unfocused}
      onClick={on}
    >
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path d={shape} fill={shape === SHAPES.play ? "currentColor" : "none"} />
      </svg>
    </button>
  )
}
