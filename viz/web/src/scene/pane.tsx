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
import { DifferenceLegend, OTHER } from "./difference"
import { keyed } from "./commands"
import { coveredOf } from "./covered"
import { inWindow, useFamily } from "./family"
import { looks } from "./inks"
import { Legend } from "./legend"
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
  const [layouts, setLayouts] = useState<Record<string, string>>({})
  const [layout, setLayout] = useState("")
  const [spent, setSpent] = useState<Record<string, number> | null>(null)
  const family = useFamily(manifest, source)
  const growth = useSelected(walk.writing.state, (state) => state.growth)
  const stage = stageNow(view, manifest)
  const compared = useSelected(walk.state, (state) => state.compared)
  const offered = compared ? { [OTHER]: say("compare_beside"), ...layouts } : layouts
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
    if (!able || !space.current || !over.current) {
      ready.current()
      return
    }
    const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches
    const made = new GrowingTheatre(space.current, over.current, manifest, source, still, {
      onReady: () => {
        setScale(made.scale())
        ready.current()
      },
      onProblem: setProblem,
      onBeat: (beat, playing) => setBeat({ ...beat, playing }),
    })
    theatre.current = made
    // For tools: where a cell is on the canvas, and what has been drawn.
    Object.assign(frame.current!, { scene: made })
    const element = root.current ?? document.documentElement
    const look = () => made.look(...looks(element))
    look()
    const watch = new ResizeObserver(([entry]) => {
      made.shots.covered = coveredOf(frame.current!)
      made.resize(entry!.contentRect.width, entry!.contentRect.height)
    })
    watch.observe(frame.current!)
    const unlisten = root.current ? onThemeChange(root.current, look) : () => {}
    setLayout("")
    setSpent(null)
    void made.load().then((found) => {
      setLayouts(found)
      // Where hardly anything has a counterpart, both are there to be looked at.
      if (walk.state.value.compared?.told.alike === false) void chosen(OTHER)
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
  useEffect(() => theatre.current?.show(stage), [stage, able, manifest.trace])
  useEffect(() => theatre.current?.keep(known(view.pin)), [view.pin, stage, family])
  const all = queryHeads(stage, manifest)
  useEffect(() => theatre.current?.choose(view.head, all), [view.head, all, family])
  useEffect(() => theatre.current?.name(named), [named])
  useEffect(() => theatre.current?.point(cell ?? null, lit), [cell, lit])
  usePointer(canvas, theatre, manifest, walk)

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
  const chosen = async (name: string) => {
    setLayout(name)
    try {
      const other = name === OTHER ? walk.state.value.compared!.sides[view.which === "other" ? "this" : "other"] : null
      const info = await theatre.current?.setBeside(name || null, other)
      setSpent(info?.parameters ?? null)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
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
        <canvas ref={over} class="scene-over" aria-hidden="true" />
        <p class="unseen" id="scene-keys">
          {say("scene_keys")}
        </p>
        <p class="unseen" role="status">
          {view.pin && pinned.value ? `${view.pin.name} [${view.pin.index.join(", ")}]: ${pinned.value.text}` : ""}
        </p>
        <Legend say={say} cached={Object.keys(growth?.kept?.kept ?? {}).length > 0} scale={isDifference(manifest) ? null : scale} />
      </div>
      <Bar {...{ theatre, say, beat, layout, root }} layouts={offered} onLayout={chosen} onStep={(parts) => walk.point(theatre.current?.compute(parts) ?? null)} name={stage.name} />
      {problem && (
        <p role="alert" class="problem">
          {problem === "scene_lost" ? say("scene_lost") : say("problem", { words: problem })}
        </p>
      )}
      {spent && <Spent title={layouts[layout] ?? layout} spent={spent} say={say} />}
      {isDifference(manifest) && <DifferenceLegend stage={stage} source={source} say={say} />}
    </div>
  )
})
