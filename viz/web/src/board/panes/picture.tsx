/** One picture: painted cells or curves, the marks of the cursors over them, and what they say at the cursors. */
import { useLayoutEffect, useRef, useState } from "preact/hooks"
import { exact, short } from "../../format"
import { useSignal } from "../../walkthrough/signal"
import { called, type CursorState } from "../cursors"
import type { Ink, Said, Scene } from "../draw/kind"
import { kindOf } from "../draw/kinds"
import { CanvasPen, type Pen } from "../pen"
import { sliceKey } from "../slice"
import type { Board, Cursors, Picture } from "../types"
import { Take } from "./take"

export interface Props {
  board: Board
  panel: Picture
  state: CursorState
  ink: Ink
  font: string
}

export function PictureView({ board, panel, state, ink, font }: Props) {
  const { pinned, shown } = useSignal(state.places)
  const [box, width] = useWidth()
  const [focused, setFocused] = useState(false)
  const under = useRef<HTMLCanvasElement>(null)
  const over = useRef<HTMLCanvasElement>(null)
  const kind = kindOf(panel)
  const given = { board, panel, pinned, shown, width, ink }
  const scene: Scene = { ...given, height: width ? kind.height(given) : 0 }
  const { vertical, horizontal } = kind.axes(panel)
  const drawn = [vertical, horizontal].flatMap((axis) => axis ?? [])
  const cut = sliceKey(board, kind.arrays(panel), shown, panel.kind === "clocks" ? [] : drawn)
  useLayoutEffect(() => paint(under.current, scene, font, (pen) => kind.draw(pen, scene)), [board, panel, cut, width, ink, font])
  useLayoutEffect(() => paint(over.current, scene, font, (pen) => kind.mark(pen, scene)))

  const hit = (event: PointerEvent): Cursors | null => {
    const at = over.current!.getBoundingClientRect()
    return kind.hit(scene, event.clientX - at.left, event.clientY - at.top)
  }
  const put = (event: PointerEvent) => {
    const found = hit(event)
    for (const [axis, place] of Object.entries(found ?? {})) state.move(axis, place)
  }
  const said = kind.said(scene)
  return (
    <figure class={`panel ${panel.kind}`} data-panel={panel.id}>
      <Take scene={scene} font={font} />
      <div
        class="picture"
        ref={box}
        style={{ height: `${scene.height}px` }}
        role="group"
        tabIndex={drawn.length ? 0 : undefined}
        aria-label={`${panel.alt || panel.title}.${drawn.length ? " Arrow keys move the cursor." : ""}`}
        onKeyDown={(event) => step(event, state, vertical, horizontal)}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        onPointerMove={(event) => {
          if (event.buttons) put(event)
          else if (event.pointerType === "mouse") state.hover(hit(event) ?? {})
        }}
        onPointerLeave={() => state.hover({})}
        onPointerDown={put}
      >
        <canvas ref={under} aria-hidden="true" />
        <canvas ref={over} aria-hidden="true" />
      </div>
      <figcaption aria-live={focused ? "polite" : "off"}>
        <Readout board={board} panel={panel} shown={shown} drawn={drawn} said={said} />
      </figcaption>
      {panel.note && <p class="note">{panel.note}</p>}
    </figure>
  )
}

function Readout(props: { board: Board; panel: Picture; shown: Cursors; drawn: string[]; said: Said[] }) {
  const { board, panel, shown, drawn, said } = props
  const where = drawn
    .filter((axis) => shown[axis] !== undefined)
    .map((axis) => `${board.axes[axis]!.title} ${called(board.axes[axis], shown[axis]!)}`)
    .join(", ")
  if (panel.kind === "matrix") {
    const value = said[0]!.value
    return (
      <span class="readout" data-value={value === null ? "" : exact(value)}>
        {where}: {value === null ? "nothing there" : Number.isNaN(value) ? panel.hidden : short(value, 5)}
      </span>
    )
  }
  return (
    <>
      {where && <span class="readout">{where}</span>}
      <ul class="legend">
        {said.map(({ name, value, look }) => (
          <li key={name} data-series={name} data-value={value === null ? "" : exact(value)} class={look?.faint ? "faint" : ""}>
            {look && <Swatch color={look.color} dash={look.dash} />}
            {name} {value !== null && <b>{short(value, 5)}</b>}
          </li>
        ))}
      </ul>
    </>
  )
}

const STROKES = { solid: "", dash: "6 3", dot: "2 2.5", dashdot: "6 2.5 2 2.5" } as const

function Swatch({ color, dash }: { color: string; dash: keyof typeof STROKES }) {
  return (
    <svg width="24" height="8" aria-hidden="true">
      <line x1="0" y1="4" x2="24" y2="4" stroke={color} stroke-width="2.5" stroke-dasharray={STROKES[dash]} />
    </svg>
  )
}

function step(event: KeyboardEvent, state: CursorState, vertical?: string, horizontal?: string): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return
  const by = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key]
  if (by === undefined) return
  const axis = /Up|Down/.test(event.key) ? vertical : horizontal
  if (axis === undefined) return
  event.preventDefault()
  event.stopPropagation()
  state.move(axis, (state.places.value.pinned[axis] ?? 0) + by)
}

function paint(canvas: HTMLCanvasElement | null, scene: Scene, font: string, draw: (pen: Pen) => void): void {
  const { width, height } = scene
  const context = width > 0 ? canvas?.getContext("2d") : null
  if (!canvas || !context) return
  const sharp = window.devicePixelRatio || 1
  const [wide, high] = [Math.round(width * sharp), Math.round(height * sharp)]
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide
    canvas.height = high
    canvas.style.width = `${width}px`
    canvas.style.height = `${height}px`
  }
  context.setTransform(sharp, 0, 0, sharp, 0, 0)
  context.clearRect(0, 0, width, height)
  draw(new CanvasPen(context, font))
}

function useWidth(): [(element: HTMLDivElement | null) => void, number] {
  const [width, setWidth] = useState(0)
  const watched = useRef<{ element: HTMLDivElement; stop: () => void } | null>(null)
  const box = useRef((element: HTMLDivElement | null) => {
    watched.current?.stop()
    watched.current = null
    if (!element) return
    const measure = () => setWidth(Math.floor(element.clientWidth))
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    watched.current = { element, stop: () => observer.disconnect() }
    measure()
  })
  return [box.current, width]
}
