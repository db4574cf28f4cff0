/** Painting a bias: a brush over a matrix or a curve, by pointer and by keyboard. Python hears of it on "Use it". */
import { useLayoutEffect, useReducer, useRef, useState } from "preact/hooks"
import { short } from "../format"
import { isDark, onThemeChange } from "../theme"
import { cellAt, draw, height, place, valueAt } from "./draw"
import { between, type Painting } from "./painting"
import { Tools } from "./tools"

type Cell = [number, number]

export interface Start {
  painting: Painting
  /** The largest bias that Python takes. */
  most: number
}

export function App({ start, use }: { start: Start; use: (message: { shape: number[]; values: number[] }) => void }) {
  const { painting } = start
  const [, changed] = useReducer((n: number) => n + 1, 0)
  const [head, setHead] = useState(0)
  const [all, setAll] = useState(false)
  const [value, setValue] = useState(2)
  const [width, setWidth] = useState(1)
  const [cursor, setCursor] = useState<Cell>([Math.min(8, painting.rows - 1), Math.min(4, painting.cols - 1)])
  const [room, setRoom] = useState(0)
  const [fresh, setFresh] = useState(false)
  const root = useRef<HTMLElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const last = useRef<Cell | null>(null)
  const limit = useRef(1)
  if (!last.current) limit.current = Math.max(1, Math.abs(value), largest(painting.values))
  const target = all ? null : Math.min(head, painting.heads - 1)
  const shown = target ?? Math.min(head, painting.heads - 1)

  useLayoutEffect(() => {
    const element = root.current!
    const measure = () => setRoom(element.clientWidth)
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
    const stop = onThemeChange(element, () => changed(0))
    return () => {
      observer.disconnect()
      stop()
    }
  }, [])

  useLayoutEffect(() => {
    const element = canvas.current
    const context = element?.getContext("2d")
    if (!element || !context || !room) return
    const sharp = window.devicePixelRatio || 1
    element.width = Math.round(room * sharp)
    element.height = Math.round(height(painting, room) * sharp)
    context.scale(sharp, sharp)
    const style = getComputedStyle(root.current!)
    const dark = isDark(root.current!)
    const look = { dark, text: style.color, faint: dark ? "rgb(120,124,135)" : "rgb(150,153,162)", line: "#e0218a", font: style.fontFamily }
    draw(context, painting, shown, cursor, limit.current, place(painting, room), look)
  })

  function touched(): void {
    setFresh(true)
    changed(0)
  }

  function stroke(event: PointerEvent): void {
    const frame = canvas.current!.getBoundingClientRect()
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top]
    const box = place(painting, room)
    const cell = cellAt(painting, box, x, y)
    if (!cell) {
      last.current = null
      return
    }
    const path = between(last.current ?? cell, cell)
    const curve = painting.rows === 1
    const wanted = curve ? valueAt(box, y, limit.current) : value
    for (const [row, col] of path) painting.dab(target, row, col, wanted, curve ? 1 : width)
    last.current = cell
    setCursor(cell)
    touched()
  }

  function down(event: PointerEvent): void {
    if (event.button !== 0) return
    canvas.current!.setPointerCapture(event.pointerId)
    painting.begin()
    stroke(event)
  }

  function up(): void {
    painting.end()
    last.current = null
    changed(0)
  }

  function press(event: KeyboardEvent): void {
    const [row, col] = cursor
    const curve = painting.rows === 1
    const put = (number: number) => {
      painting.dab(target, row, col, number, curve ? 1 : width)
      touched()
    }
    const go = (r: number, c: number) =>
      setCursor([Math.min(Math.max(r, 0), painting.rows - 1), Math.min(Math.max(c, 0), painting.cols - 1)])
    const step = limit.current / 20
    const here = painting.at(shown, row, col)
    const keys: Record<string, () => void> = {
      ArrowLeft: () => go(row, col - 1),
      ArrowRight: () => go(row, col + 1),
      ArrowUp: () => (curve ? put(round(Math.min(here + step, start.most))) : go(row - 1, col)),
      ArrowDown: () => (curve ? put(round(Math.max(here - step, -start.most))) : go(row + 1, col)),
      Home: () => go(row, 0),
      End: () => go(row, painting.cols - 1),
      " ": () => put(value),
      Enter: () => put(value),
      Delete: () => put(0),
      Backspace: () => put(0),
      "+": () => setValue(Math.min(value + 0.5, start.most)),
      "-": () => setValue(Math.max(value - 0.5, -start.most)),
    }
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z"
    const act = undo ? () => (event.shiftKey ? painting.redo() : painting.undo()) && touched() : keys[event.key]
    if (!act || (!undo && (event.ctrlKey || event.metaKey || event.altKey))) return
    event.preventDefault()
    act()
  }

  const [row, col] = cursor
  const where = painting.rows === 1 ? `distance ${col}` : `query ${row}, key ${col}`
  const number = painting.at(shown, row, col)
  return (
    <section
      ref={root}
      class="paint"
      data-glassformer="paint"
      data-ready={room > 0 ? "true" : undefined}
      data-head={shown}
      data-changed={fresh ? "true" : "false"}
      aria-label="Paint a bias"
    >
      <Tools
        painting={painting}
        head={shown}
        all={all}
        value={value}
        width={width}
        most={start.most}
        fresh={fresh}
        onHead={setHead}
        onAll={setAll}
        onValue={setValue}
        onWidth={setWidth}
        onUndo={() => painting.undo() && touched()}
        onRedo={() => painting.redo() && touched()}
        onClear={() => {
          painting.clear(target)
          touched()
        }}
        onUse={() => {
          setFresh(false)
          use(painting.message())
        }}
      />
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        style={{ width: `${room}px`, height: `${room ? height(painting, room) : 200}px` }}
        aria-label={`Head ${shown}, ${where}: ${short(number)}. Arrow keys move, space paints, Delete puts 0.`}
        onPointerDown={down}
        onPointerMove={(event) => event.buttons & 1 && canvas.current!.hasPointerCapture(event.pointerId) && stroke(event)}
        onPointerUp={up}
        onPointerCancel={up}
        onKeyDown={press}
      />
      <p class="readout" role="status" data-value={number}>
        head {shown}, {where}: <output>{painting.hidden(row, col) ? "hidden by the mask" : short(number)}</output>
      </p>
    </section>
  )
}

function largest(values: Float32Array): number {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  return most
}

function round(value: number): number {
  return Number(value.toPrecision(6))
}
