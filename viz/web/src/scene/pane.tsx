/** The scene in the place of the picture: canvas, camera controls, how far the computation is shown, a layout beside. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import { isDark, onThemeChange } from "../theme"
import type { Source } from "../walkthrough/data"
import { memo } from "../walkthrough/memo"
import { useExplanation } from "../walkthrough/panes/cell"
import { REST } from "../walkthrough/panes/peek"
import { stageNamed } from "../walkthrough/places"
import { useSignal } from "../walkthrough/signal"
import type { Manifest } from "../walkthrough/types"
import type { Say } from "../walkthrough/ui"
import { type CellRef, stageNow, type View } from "../walkthrough/view"
import type { Walk } from "../walkthrough/walk"
import { commandOf } from "./keys"
import { Theatre } from "./theatre"
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

const PICTURE_WIDTHS = [1280, 1920, 3840]
const NOTHING: CellRef[] = []

export const ScenePane = memo((props: SceneProps) => {
  const { manifest, source, walk, view, root, onReady, say } = props
  const able = useMemo(hasWebGL, [])
  const canvas = useRef<HTMLCanvasElement>(null)
  const over = useRef<HTMLCanvasElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const theatre = useRef<Theatre | null>(null)
  const ready = useRef(onReady)
  ready.current = onReady
  const [problem, setProblem] = useState("")
  const [share, setShare] = useState(1)
  const [layouts, setLayouts] = useState<Record<string, string>>({})
  const [layout, setLayout] = useState("")
  const [spent, setSpent] = useState<Record<string, number> | null>(null)
  const stage = stageNow(view, manifest)
  const peek = useSignal(walk.peek)
  const known = (cell: CellRef | null) => (cell && stageNamed(manifest, cell.name) ? cell : null)
  const peeked = useExplanation(source, manifest, known(peek), REST)
  const pinned = useExplanation(source, manifest, known(view.pin))
  const cell = peek && peeked.value ? peek : view.pin
  const explanation = (peek && peeked.value) || pinned.value
  const lit = useMemo(() => explanation?.terms.flatMap(({ sources }) => sources) ?? NOTHING, [explanation])

  useEffect(() => {
    if (!able || !canvas.current || !over.current) {
      ready.current()
      return
    }
    const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches
    const made = new Theatre(canvas.current, over.current, manifest, source, still, {
      onReady: () => ready.current(),
      onProblem: setProblem,
      onBeat: ({ share }) => setShare(share),
      onCell: () => {},
      onPin: () => {},
    })
    theatre.current = made
    // For tools: where a cell is on the canvas, and what has been drawn.
    Object.assign(frame.current!, { scene: made })
    const element = root.current ?? document.documentElement
    const look = () => made.look(...looks(element))
    look()
    const watch = new ResizeObserver(([entry]) => made.resize(entry!.contentRect.width, entry!.contentRect.height))
    watch.observe(frame.current!)
    const unlisten = root.current ? onThemeChange(root.current, look) : () => {}
    setLayout("")
    setSpent(null)
    void made.load().then(setLayouts)
    return () => {
      watch.disconnect()
      unlisten()
      theatre.current = null
      made.dispose()
    }
  }, [able, manifest.trace, source])

  useEffect(() => theatre.current?.show(stage), [stage, able, manifest.trace])
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
      const info = await theatre.current?.setBeside(name || null)
      setSpent(info?.parameters ?? null)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  const save = async (width: number) => {
    const blob = await theatre.current?.space.picture(width)
    if (!blob) return
    const link = document.createElement("a")
    link.href = URL.createObjectURL(blob)
    link.download = `${stage.name}.png`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 1000)
  }
  return (
    <div class="scene">
      <div class="scene-frame" ref={frame} data-scene>
        <div class="scene-bar" role="toolbar" aria-label={say("scene_camera")}>
          <button type="button" onClick={() => theatre.current?.go()}>
            {say("scene_go")}
          </button>
          <button type="button" onClick={() => theatre.current?.fit()}>
            {say("scene_fit")}
          </button>
          <button type="button" aria-label={say("scene_nearer")} onClick={() => theatre.current?.space.zoom(0.7)}>
            +
          </button>
          <button type="button" aria-label={say("scene_further")} onClick={() => theatre.current?.space.zoom(1.4)}>
            −
          </button>
          <label>
            {say("scene_computed")}{" "}
            <input
              type="range"
              min="0"
              max="1"
              step="any"
              value={share}
              onInput={(event) => theatre.current?.scrub(Number(event.currentTarget.value))}
            />
          </label>
          <button type="button" onClick={() => theatre.current?.again()}>
            {say("scene_again")}
          </button>
          <label>
            {say("scene_beside")}{" "}
            <select value={layout} onChange={(event) => void chosen(event.currentTarget.value)}>
              <option value="">{say("scene_nothing")}</option>
              {Object.entries(layouts).map(([name, title]) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span class="unseen">{say("scene_save")}</span>
            <select
              value=""
              aria-label={say("scene_save")}
              onChange={(event) => {
                void save(Number(event.currentTarget.value))
                event.currentTarget.value = ""
              }}
            >
              <option value="">PNG…</option>
              {PICTURE_WIDTHS.map((width) => (
                <option key={width} value={width}>
                  {width} px
                </option>
              ))}
            </select>
          </label>
        </div>
        <canvas
          ref={canvas}
          class="scene-canvas"
          tabIndex={0}
          role="application"
          aria-label={say("scene_label", { title: stage.title, shape: stage.shape.join(" × ") })}
          aria-describedby="scene-keys"
          onKeyDown={(event) => keyed(event, theatre.current, manifest, walk)}
        />
        <canvas ref={over} class="scene-over" aria-hidden="true" />
        <p class="unseen" id="scene-keys">
          {say("scene_keys")}
        </p>
      </div>
      {problem && (
        <p role="alert" class="problem">
          {problem === "scene_lost" ? say("scene_lost") : say("problem", { words: problem })}
        </p>
      )}
      {spent && <Spent title={layouts[layout] ?? layout} spent={spent} say={say} />}
      <p class="quiet">{say("scene_legend")}</p>
    </div>
  )
})

/** What a network that is not here spends its parameters on. */
function Spent({ title, spent, say }: { title: string; spent: Record<string, number>; say: Say }) {
  const all = Object.values(spent).reduce((sum, n) => sum + n, 0)
  return (
    <p>
      {say("scene_spent", { title, n: all.toLocaleString("en") })}{" "}
      {Object.entries(spent)
        .map(([part, n]) => `${part} ${((100 * n) / all).toFixed(n / all < 0.01 ? 2 : 0)} %`)
        .join(", ")}
    </p>
  )
}

function keyed(event: KeyboardEvent, theatre: Theatre | null, manifest: Manifest, walk: Walk): void {
  const command = theatre && commandOf(event)
  if (!command) return
  event.preventDefault()
  event.stopPropagation()
  if (command.do === "orbit") theatre.space.orbit(command.right, command.up)
  else if (command.do === "pan") theatre.space.pan(command.right, command.up)
  else if (command.do === "zoom") theatre.space.zoom(command.factor)
  else if (command.do === "fit") theatre.fit()
  else if (command.do === "go") theatre.go()
  else if (command.do === "again") theatre.again()
  else moveCell(command.rows, command.cols, manifest, walk)
}

/** The pinned cell of the current stage moves by rows and columns. */
function moveCell(rows: number, cols: number, manifest: Manifest, walk: Walk): void {
  const { view } = walk.state.value
  const stage = stageNow(view, manifest)
  const now = view.pin?.name === stage.name ? view.pin.index : stage.shape.map(() => 0)
  const last = stage.shape.length - 1
  const index = now.map((place, axis) => {
    const by = axis === last && last > 0 ? cols : axis === Math.max(last - 1, 0) || (last === 0 && axis === 0) ? rows + (last === 0 ? cols : 0) : 0
    return Math.min(Math.max(place + by, 0), stage.shape[axis]! - 1)
  })
  walk.dispatch({ do: "pin", cell: { name: stage.name, index } })
}

function usePointer(
  canvas: { current: HTMLCanvasElement | null },
  theatre: { current: Theatre | null },
  manifest: Manifest,
  walk: Walk,
): void {
  useEffect(() => {
    const element = canvas.current
    if (!element) return
    let pressed: { x: number; y: number } | null = null
    const at = (event: PointerEvent | MouseEvent) => {
      const box = element.getBoundingClientRect()
      return { x: event.clientX - box.left, y: event.clientY - box.top, box }
    }
    const move = (event: PointerEvent) => {
      if (event.buttons || !theatre.current) return walk.point(null)
      const { x, y, box } = at(event)
      const found = theatre.current.under(x, y)
      const where = found && theatre.current.boxOf(found.block, found.place)
      if (!found || !where) return walk.point(null)
      const { left, top } = box
      walk.point(found.cell, {
        left: where.left + left, right: where.right + left, top: where.top + top, bottom: where.bottom + top,
      }) // prettier-ignore
    }
    const down = (event: PointerEvent) => {
      pressed = at(event)
    }
    const up = (event: PointerEvent) => {
      const { x, y } = at(event)
      const still = pressed && Math.hypot(x - pressed.x, y - pressed.y) < 4
      pressed = null
      const found = still && theatre.current?.under(x, y)
      if (!found) return
      const { view } = walk.state.value
      const stage = stageNow(view, manifest)
      const near = found.cell.name === stage.name || [...stage.reads, ...stage.weights].includes(found.cell.name)
      if (near) walk.dispatch({ do: "pin", cell: found.cell })
      else if (stageNamed(manifest, found.cell.name)) walk.dispatch({ do: "stage", name: found.cell.name, index: found.cell.index })
      else theatre.current?.flyTo(found.cell.name)
    }
    const leave = () => walk.point(null)
    const heard = { pointermove: move, pointerdown: down, pointerup: up, pointerleave: leave }
    for (const [name, listener] of Object.entries(heard)) element.addEventListener(name, listener as EventListener)
    return () => {
      for (const [name, listener] of Object.entries(heard)) element.removeEventListener(name, listener as EventListener)
    }
  }, [manifest, walk])
}

/** The page's colours, and those of the three roles. */
function looks(element: HTMLElement): Parameters<Theatre["look"]> {
  const css = getComputedStyle(element)
  const read = (name: string, other: string) => css.getPropertyValue(name).trim() || other
  const dark = isDark(element)
  const page = read("--st-background-color", dark ? "#0e1117" : "#ffffff")
  const ink = read("--st-text-color", dark ? "#fafafa" : "#31333f")
  const accent = read("--gf-pin", "#e0218a")
  const roles: [string, string, string] = [
    read("--gf-axis-d-head", "#8a63c9"),
    read("--gf-place-embedding", "#0f8a6d"),
    read("--gf-axis-d-mlp", "#a8740a"),
  ]
  const quiet = read("--gf-grey", "#8a8f98")
  return [{ dark, page, ink, accent, roles }, { ink, page, accent, quiet }, css.fontFamily || "sans-serif"]
}
