/** The scene in the place of the picture: canvas, camera controls, how far the computation is shown, a layout beside. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import { onThemeChange } from "../theme"
import { isDifference } from "../walkthrough/compare"
import type { Source } from "../walkthrough/data"
import { memo } from "../walkthrough/memo"
import { useExplanation } from "../walkthrough/panes/cell"
import { REST } from "../walkthrough/panes/peek"
import { stageNamed } from "../walkthrough/places"
import { queryHeads } from "../walkthrough/standing"
import { useSelected, useSignal } from "../walkthrough/signal"
import type { Manifest } from "../walkthrough/types"
import type { Say } from "../walkthrough/ui"
import { type CellRef, stageNow, type View } from "../walkthrough/view"
import type { Walk } from "../walkthrough/walk"
import { Bar } from "./bar"
import { passOf, useBeside } from "./beside"
import { DifferenceLegend } from "./difference"
import { keyed, useKeys } from "./commands"
import { coveredOf } from "./covered"
import { inWindow, useFamily } from "./family"
import { looks } from "./inks"
import { Legend } from "./legend"
import { type Progress, wordsOf } from "./order"
import { usePointer } from "./pointer"
import type { Drawn } from "./scale"
import { Space } from "./space"
import { Spent } from "./spent"
import { DONE } from "./sweep"
import { GrowingTheatre } from "./growing"
import { hasWebGL } from "./webgl"

export interface SceneProps {
  manifest: Manifest
  source: Source
  walk: Walk
  view: View
  root: { current: HTMLElement | null }
  onReady: () => void
  say: Say
}

const NOTHING: CellRef[] = []

export const ScenePane = memo((props: SceneProps) => {
  const { manifest, source, walk, view, root, onReady, say } = props
  const [able, setAble] = useState(hasWebGL)
  const canvas = useRef<HTMLCanvasElement>(null)
  const over = useRef<HTMLCanvasElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const space = useRef<Space | null>(null)
  const theatre = useRef<GrowingTheatre | null>(null)
  const ready = useRef(onReady)
  ready.current = onReady
  const [problem, setProblem] = useState("")
  const [scale, setScale] = useState<Drawn | null>(null)
  const [beat, setBeat] = useState({ ...DONE, playing: false })
  const [lost, setLost] = useState(false)
  const [stepped, setStepped] = useState<Progress | null>(null)
  const steps = useRef(false)
  const family = useFamily(manifest, source)
  const growth = useSelected(walk.writing.state, (state) => state.growth)
  const stage = stageNow(view, manifest)
  const compared = useSelected(walk.state, (state) => state.compared)
  const pass = passOf(view.which, compared, say)
  const beside = useBeside(theatre, view, compared, say, setProblem)
  const begin = useRef(beside.begin)
  begin.current = beside.begin
  const peek = useSignal(walk.peek)
  const named = useSignal(walk.lit)
  const known = (cell: CellRef | null) => (cell && stageNamed(manifest, cell.name) ? cell : null)
  const peeked = useExplanation(source, manifest, known(peek), REST)
  const pinned = useExplanation(source, manifest, known(view.pin))
  const cell = peek && peeked.value ? peek : view.pin
  const explanation = (peek && peeked.value) || pinned.value
  const lit = useMemo(() => explanation?.terms.flatMap(({ sources }) => sources) ?? NOTHING, [explanation])

  useEffect(() => {
    if (!able || !canvas.current) return
    try {
      space.current = new Space(canvas.current)
    } catch (error) {
      console.warn(error)
      setAble(false)
    }
    return () => {
      space.current?.dispose()
      space.current = null
    }
  }, [able])

  useEffect(() => {
    if (!able) ready.current()
  }, [able, manifest.trace, view.step])

  useEffect(() => {
    if (!able || !space.current || !over.current) return
    const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches
    const made = new GrowingTheatre(space.current, over.current, manifest, source, still, {
      onReady: () => {
        setScale(made.scale())
        ready.current()
      },
      onProblem: setProblem,
      onLost: setLost,
      onBeat: (beat, playing) => {
        setBeat({ ...beat, playing })
        // What was stepped to is not what is computed now.
        if (steps.current) walk.point(null)
        steps.current = false
        setStepped(null)
      },
      onStep: (progress) => {
        steps.current = true
        setStepped(progress)
      },
    })
    theatre.current = made
    // For tools: where a cell is on the canvas, and what has been drawn.
    Object.assign(frame.current!, { scene: made })
    const element = root.current ?? document.documentElement
    const look = () => {
      made.look(...looks(element))
      setScale(made.scale())
    }
    look()
    const watch = new ResizeObserver(([entry]) => {
      made.shots.covered = coveredOf(frame.current!)
      made.resize(entry!.contentRect.width, entry!.contentRect.height)
    })
    watch.observe(frame.current!)
    const unlisten = root.current ? onThemeChange(root.current, look) : () => {}
    setProblem("")
    void made.load().then((found) => {
      if (theatre.current === made) begin.current(found)
    })
    return () => {
      watch.disconnect()
      unlisten()
      theatre.current = null
      made.dispose()
    }
  }, [able, family])

  useEffect(() => void theatre.current?.take(manifest, source), [manifest, source])
  useEffect(() => {
    theatre.current?.tell(growth && { first: growth.first, side: manifest.writing?.side ?? "", kept: growth.kept })
  }, [growth, family])
  useEffect(() => {
    walk.writing.spot = ({ name, index }) => inWindow(theatre.current?.cellAt(name, index) ?? null, frame.current!)
    return () => void (walk.writing.spot = () => null)
  }, [walk])
  useEffect(() => theatre.current?.show(stage), [stage, able, manifest.trace, view.step])
  useEffect(() => theatre.current?.keep(view.pin), [view.pin, stage, family])
  useEffect(() => {
    if (theatre.current) theatre.current.lettering.pass = { word: view.which ? say(`compare_${view.which}`) : "", told: pass }
  }, [pass, family])
  const all = queryHeads(stage, manifest)
  useEffect(() => theatre.current?.choose(view.head, all), [view.head, all, family])
  useEffect(() => theatre.current?.name(named), [named])
  useEffect(() => theatre.current?.point(cell ?? null, lit), [cell, lit])
  usePointer(canvas, theatre, manifest, walk)
  useKeys(theatre, manifest, walk, root)

  if (!able) {
    return (
      <div class="scene-none">
        <p>{say("scene_no_webgl")}</p>
        <button type="button" onClick={() => walk.dispatch({ do: "space", on: false })}>
          {say("scene_flat")}
        </button>
      </div>
    )
  }
  return (
    <div class="scene">
      <div class="scene-frame" ref={frame} data-scene>
        <canvas
          ref={canvas}
          class="scene-canvas"
          tabIndex={0}
          role="application"
          aria-label={say("scene_label", { title: stage.title, shape: stage.shape.join(" × ") })}
          aria-describedby="scene-keys"
          onKeyDown={(event) => keyed(event, theatre.current, manifest, walk, root.current)}
        />
        <canvas ref={over} class="scene-over" aria-hidden="true" style={{ visibility: lost ? "hidden" : "visible" }} />
        <p class="unseen" id="scene-keys">
          {say("scene_keys")}
        </p>
        <p class="unseen" role="status">
          {stepped ? reached(stepped, peek && { cell: peek, text: peeked.value?.text }, say) : cellSaid(view.pin, pinned.value?.text)}
        </p>
        <Legend say={say} cached={Object.keys(growth?.kept?.kept ?? {}).length > 0} scale={isDifference(manifest) ? null : scale} />
      </div>
      <Bar {...{ theatre, say, beat, root, beside }} onStep={(parts) => walk.point(theatre.current?.compute(parts) ?? null)} name={view.which ? `${stage.name}-${view.which}` : stage.name} />
      {(problem || lost) && (
        <p role="alert" class="problem">
          {lost ? say("scene_lost") : say("problem", { words: problem })}
        </p>
      )}
      {beside.spent && <Spent title={beside.title} spent={beside.spent} say={say} />}
      {isDifference(manifest) && <DifferenceLegend stage={stage} source={source} say={say} />}
    </div>
  )
})

function cellSaid(cell: CellRef | null, text: string | undefined): string {
  return cell && text !== undefined ? `${cell.name} [${cell.index.join(", ")}]: ${text}` : ""
}

/** How far the computation is, and the cell that was reached, once its number is known. */
function reached(progress: Progress, at: { cell: CellRef; text: string | undefined } | null, say: Say): string {
  return [say(...wordsOf(progress)), at && cellSaid(at.cell, at.text)].filter(Boolean).join("; ")
}
