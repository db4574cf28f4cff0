/** The model, drawn from its chapters: stacks of blocks along the residual stream. A click jumps. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import { colourOf, columns, type Column, type Part } from "../layout"
import { memo } from "../memo"
import { stageNamed, stepOf } from "../places"
import { rove, unfocused } from "../rove"
import { useSelected } from "../signal"
import type { ChapterInfo, Manifest } from "../types"
import type { Say } from "../ui"
import type { Walk } from "../walk"

/** Up to this many chapters all blocks are drawn in full. */
const FEW = 30
const MOST_DOTS = 12
/** More blocks than this are only numbers while they are folded. */
const FEW_BARS = 6

interface Props {
  manifest: Manifest
  walk: Walk
  say: Say
  step: number
}

export const Map = memo(({ manifest, walk, say, step }: Props) => {
  const stacks = useMemo(() => columns(manifest), [manifest])
  const few = manifest.chapters.length <= FEW
  const [all, setAll] = useState(false)
  const place = useRef<HTMLElement>(null)
  const { chapter } = manifest.steps[step]!
  useEffect(() => {
    show(place.current)
  }, [chapter, all])
  const shared = { manifest, walk, say, step, chapter, all: all || few }
  return (
    <nav class="map" aria-label={say("map")} ref={place}>
      {!few && (
        <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
          {say(all ? "map_fewer" : "map_all")}
        </button>
      )}
      <div class="stacks" role="toolbar" aria-orientation="vertical" aria-label={say("map")} onKeyDown={rove("column")}>
        {stacks.map((stack) => (
          <Stack key={stack.side} stack={stack} titled={stacks.length > 1} {...shared} />
        ))}
      </div>
    </nav>
  )
})

interface Shared extends Props {
  chapter: number
  all: boolean
}

function Stack({ stack, titled, ...shared }: Shared & { stack: Column; titled: boolean }) {
  const isFolded = ({ layer, chapters }: Part) => {
    return layer !== undefined && !shared.all && !chapters.includes(shared.chapter)
  }
  return (
    <div class="stack" data-side={stack.side}>
      {titled && stack.side && <p class="side">{shared.say(stack.side)}</p>}
      {runs(stack.parts, isFolded).map(({ folded, parts }) => {
        const [part] = parts as [Part]
        const key = part.chapters[0]!
        if (folded) return <Bars key={key} parts={parts} {...shared} />
        return part.layer === undefined ? (
          <Boxes key={key} part={part} {...shared} />
        ) : (
          <Block key={key} part={part} {...shared} />
        )
      })}
    </div>
  )
}

function Block({ part, ...shared }: Shared & { part: Part }) {
  return (
    <div class="block" role="group" aria-label={shared.say("block", { n: part.layer! })}>
      <p class="part">{shared.say("block", { n: part.layer! })}</p>
      <Boxes part={part} {...shared} />
    </div>
  )
}

/** Folded neighbours stand together, every other part alone. */
function runs(all: Part[], isFolded: (part: Part) => boolean): { folded: boolean; parts: Part[] }[] {
  const found: { folded: boolean; parts: Part[] }[] = []
  for (const part of all) {
    const folded = isFolded(part)
    const last = found.at(-1)
    if (folded && last?.folded) last.parts.push(part)
    else found.push({ folded, parts: [part] })
  }
  return found
}

/** Blocks that are folded away: a line each, or only their numbers where there are many. */
function Bars({ parts, ...shared }: Shared & { parts: Part[] }) {
  const many = shared.manifest.sides.some(({ n_layers }) => n_layers > FEW_BARS)
  return (
    <div class={many ? "bars many" : "bars"}>
      {parts.map((part) => (
        <Bar key={part.layer} part={part} many={many} {...shared} />
      ))}
    </div>
  )
}

function Bar({ part, many, manifest, walk, say }: Shared & { part: Part; many: boolean }) {
  const go = () => {
    // The same thing in that block, where it has one.
    if (!walk.dispatch({ do: "layer", layer: part.layer! }) || !part.chapters.includes(chapterNow(walk))) {
      walk.dispatch({ do: "step", step: manifest.chapters[part.chapters[0]!]!.first })
    }
  }
  return (
    <button type="button" class="bar" data-rove tabIndex={-1} onMouseDown={unfocused} onClick={go}>
      {many && <span class="unseen">{say("block", { n: "" })}</span>}
      {many ? part.layer : say("block", { n: part.layer! })}
    </button>
  )
}

function chapterNow(walk: Walk): number {
  const { manifest, view } = walk.state.value
  return manifest.steps[view.step]!.chapter
}

function Boxes({ part, ...shared }: Shared & { part: Part }) {
  return (
    <ol>
      {part.chapters.map((number) => (
        <Box
          key={number}
          number={number}
          manifest={shared.manifest}
          walk={shared.walk}
          step={number === shared.chapter ? shared.step : null}
        />
      ))}
    </ol>
  )
}

interface BoxProps {
  number: number
  manifest: Manifest
  walk: Walk
  /** The current step, in the current chapter; null in all others. */
  step: number | null
}

/** A chapter. Its steps are dots; those of the current chapter have their names. */
const Box = memo(({ number, manifest, walk, step }: BoxProps) => {
  const chapter = manifest.chapters[number]!
  const reads = useMemo(() => readsOtherSide(manifest, chapter), [manifest, chapter])
  const lit = useLit(manifest, chapter, walk)
  const steps = Array.from({ length: chapter.last - chapter.first + 1 }, (_, i) => chapter.first + i)
  const dotted = steps.length > 1 && steps.length <= MOST_DOTS ? steps : []
  const classes = ["box", step !== null && "now", adds(manifest, chapter) && "adds", reads && "reads", lit && "lit"]
  return (
    <li class={classes.filter(Boolean).join(" ")} style={{ "--place": colourOf(manifest, number) }}>
      <button
        type="button"
        data-rove
        tabIndex={step === null ? -1 : 0}
        aria-current={step === null ? undefined : "step"}
        onMouseDown={unfocused}
        onClick={() => walk.dispatch({ do: "step", step: chapter.first })}
      >
        <span>{chapter.title}</span>
        <i class="dots" aria-hidden="true">
          {dotted.map((one) => (
            <i key={one} class={one === step ? "now" : ""} />
          ))}
        </i>
      </button>
      {step !== null && steps.length > 1 && (
        <ol>
          {steps.map((one) => (
            <li key={one}>
              <button
                type="button"
                data-rove
                tabIndex={-1}
                class={one === step ? "now" : ""}
                aria-current={one === step ? "true" : undefined}
                onMouseDown={unfocused}
                onClick={() => walk.dispatch({ do: "step", step: one })}
              >
                {manifest.stages[manifest.steps[one]!.stage]!.title}
              </button>
            </li>
          ))}
        </ol>
      )}
    </li>
  )
})

/** Whether a phrase of the words names a tensor of this chapter. */
function useLit(manifest: Manifest, chapter: ChapterInfo, walk: Walk): boolean {
  return useSelected(walk.lit, (name) => {
    const step = name === null ? -1 : stepOf(manifest, name)
    return step >= chapter.first && step <= chapter.last
  })
}

/** Where something is added to the residual stream. */
function adds(manifest: Manifest, chapter: ChapterInfo): boolean {
  return manifest.stages[manifest.steps[chapter.first]!.stage]!.place === "stream" && chapter.key === "residual"
}

/** Cross-attention: a stage of one stack that reads the other. */
function readsOtherSide(manifest: Manifest, chapter: ChapterInfo): boolean {
  for (let step = chapter.first; step <= chapter.last; step++) {
    const stage = manifest.stages[manifest.steps[step]!.stage]!
    // What belongs to no stack, such as the output, crosses nothing.
    const crosses = (side: string | undefined) => !!side && !!stage.side && side !== stage.side
    if (stage.reads.some((name) => crosses(stageNamed(manifest, name)?.side))) return true
  }
  return false
}

/** Brings the current chapter into view inside the pane, without moving the page. */
function show(element: HTMLElement | null): void {
  const map = element?.closest(".side-map")
  const now = map?.querySelector<HTMLElement>("[aria-current=step]")
  if (!map || !now) return
  const [outer, inner] = [map.getBoundingClientRect(), now.getBoundingClientRect()]
  const margin = 60
  if (inner.top < outer.top + margin) map.scrollTop -= outer.top + margin - inner.top
  else if (inner.bottom > outer.bottom - margin) map.scrollTop += inner.bottom - outer.bottom + margin
}
