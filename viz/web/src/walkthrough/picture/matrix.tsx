/** One matrix on the page: title, cells, scrolling, zooming, and every way to point at a cell. */
import type { ComponentChildren } from "preact"
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import { stageNamed } from "../places"
import type { CellRef, View as PageView } from "../view"
import type { Box } from "../walk"
import { named } from "./board"
import { MatrixCanvas, type Shown, type Told } from "./canvas"
import { Caption } from "./caption"
import { pressed } from "./cursor"
import { pointers } from "./gestures"
import { Legend } from "./legend"
import { type Lens, revealed, scrolled, zoomed } from "./lens"
import type { Place } from "./marks"
import { Scrolling } from "./scrolling"
import { shape, spoken as words } from "./spoken"
import { RIM } from "./surface"
import { Table } from "./table"
import type { PictureSay } from "./words"

export interface Hands {
  /** `box`: where the cell is, if a pointer is on it. */
  onPeek: (cell: CellRef | null, box: Box | null) => void
  onPin: (cell: CellRef) => void
  onToken: (token: number | null) => void
  onRange: ((range: PageView["range"]) => void) | undefined
}

interface Props extends Omit<Shown, "axes"> {
  hands: Hands
  say: PictureSay
  /** The word for the other colour range. */
  rangeWord: string
  /** Colours are taken away by the system: the table speaks instead. */
  forced: boolean
  emphasis: boolean
  caption?: ComponentChildren
  small?: boolean
}

const QUIET: Told = { name: "", sheet: null, seen: { masked: false, nan: false }, limit: 1, error: null }

export function Matrix(props: Props) {
  const { manifest, drawn, frame, board, hands, say, dark, range, small = false } = props
  const axes = stageNamed(manifest, drawn.name)?.axes ?? manifest.weights[drawn.name]?.axes ?? []
  const shown: Shown = { ...props, axes }
  const box = useRef<HTMLDivElement>(null)
  const spacer = useRef<HTMLDivElement>(null)
  const base = useRef<HTMLCanvasElement>(null)
  const over = useRef<HTMLCanvasElement>(null)
  const canvas = useRef<MatrixCanvas | null>(null)
  const scrolling = useRef<Scrolling | null>(null)
  // The next step may draw another matrix in this place: what was told of this one is not told of that one.
  const [heard, setTold] = useState<Told>(QUIET)
  const [spoken, setSpoken] = useState({ name: "", text: "" })
  const [table, setTable] = useState("")
  const told = heard.name === drawn.name ? heard : QUIET
  const open = table === drawn.name || props.forced

  useLayoutEffect(() => {
    scrolling.current ??= new Scrolling(box.current!, spacer.current!)
    canvas.current ??= new MatrixCanvas(base.current!, over.current!, shown, (next) => setTold(changed(next)), follow)
    canvas.current.show(shown)
  })
  useLayoutEffect(() => board.join(canvas.current!), [board])
  useLayoutEffect(() => () => canvas.current!.dispose(), [])

  function follow(rows: Lens, cols: Lens): void {
    const { drawn, area } = canvas.current!
    scrolling.current!.follow(drawn.rows && rows, drawn.cols && cols, area)
  }

  function onScroll(): void {
    const moved = scrolling.current!.moved()
    if (!moved) return
    const { rows, cols } = canvas.current!
    move(scrolled(rows, moved.top / rows.cell, frame.height), scrolled(cols, moved.left / cols.cell, frame.width))
  }

  function move(rows: Lens, cols: Lens): void {
    const moves: [string, Lens][] = []
    if (drawn.rows) moves.push([canvas.current!.key(drawn.rows), rows])
    if (drawn.cols) moves.push([canvas.current!.key(drawn.cols), cols])
    board.moveAll(moves)
  }

  /** x and y: the point of the view that stays, from the first cell in view. */
  function zoom(factor: number, x = frame.width / 2, y = frame.height / 2): void {
    const { rows, cols } = canvas.current!
    move(zoomed(rows, factor, y, frame.height), zoomed(cols, factor, x, frame.width))
  }

  /** `box`: where a pointer finds the place; none for the keys. */
  function point(place: Place | null, box: Box | null = null): void {
    const to = canvas.current!
    if (place?.[0] === to.at?.[0] && place?.[1] === to.at?.[1]) return
    to.at = place
    hands.onPeek(place && { name: drawn.name, index: to.index(place) }, box)
  }

  function boxOf(place: Place): Box {
    const corner = over.current!.getBoundingClientRect()
    const [x, y] = canvas.current!.middle(place)
    const [wide, high] = [canvas.current!.cols.cell / 2, canvas.current!.rows.cell / 2]
    const [left, top] = [corner.left + frame.left + x, corner.top + frame.top + y]
    return { left: left - wide, right: left + wide, top: top - high, bottom: top + high }
  }

  function go(place: Place): void {
    const { rows, cols } = canvas.current!
    const speak = (text: string) => setSpoken({ name: drawn.name, text })
    const voice = (value: number | null) => speak(words(manifest, drawn, place, value, (id) => props.source.peekPiece(id)))
    move(revealed(rows, place[0], frame.height), revealed(cols, place[1], frame.width))
    point(place)
    const value = canvas.current!.value(place)
    voice(value)
    if (value !== null) return
    // Of an overview the very cell is not here yet.
    const index = canvas.current!.index(place)
    props.source
      .cells(drawn.name, Object.fromEntries(axes.map((axis, i) => [axis, index[i]!])))
      .then(({ values }) => canvas.current?.at === place && voice(values[0]!))
      .catch((error: unknown) => speak(say("picture_error", { problem: error instanceof Error ? error.message : String(error) })))
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const at = canvas.current!.at ?? ([0, 0] as const)
    const size = [drawn.rows?.count ?? 1, drawn.cols?.count ?? 1] as const
    const found = pressed(event.key, at, size, Math.max(Math.floor(frame.height / canvas.current!.rows.cell), 1))
    if (!found || !size[0] || !size[1]) return
    event.preventDefault()
    event.stopPropagation()
    if (found.do === "go") go(found.to)
    else if (found.do === "pin") hands.onPin({ name: drawn.name, index: canvas.current!.index(at) })
    else if (found.do === "zoom") zoom(found.factor, ...canvas.current!.middle(at))
    else if (found.do === "fit") zoom(1e-9)
    else box.current!.blur()
  }

  // For tools that point at a cell by its row and column, as a person does by eye.
  useEffect(() => {
    const cellAt = (row: number, col: number) => {
      const [x, y] = canvas.current!.middle([row, col])
      return [x + frame.left, y + frame.top]
    }
    Object.assign(box.current!, { cellAt })
  }, [frame])

  useEffect(
    () =>
      pointers(box.current!, over.current!, {
        hover: (x, y) => {
          const place = x === null ? null : canvas.current!.hit(x, y)
          point(place, place && boxOf(place))
        },
        press: (x, y) => {
          const place = canvas.current!.hit(x, y)
          if (place) {
            hands.onPin({ name: drawn.name, index: canvas.current!.index(place) })
            return
          }
          const label = canvas.current!.hitLabel(x, y)
          if (label && named(label.line.tokens)) hands.onToken(label.place)
        },
        zoom: (factor, x, y) => zoom(factor, x - frame.left, y - frame.top),
      }),
    [drawn, frame, hands, board],
  )

  const size = { width: `${frame.left + frame.width + RIM}px`, height: `${frame.top + frame.height + RIM}px` }
  const empty = drawn.rows?.count === 0 || drawn.cols?.count === 0
  return (
    <figure class={`matrix ${props.emphasis ? "output" : "operand"} ${small ? "small" : ""}`} data-name={drawn.name} data-role={drawn.role}>
      <Caption
        manifest={manifest}
        board={board}
        canvas={canvas}
        drawn={drawn}
        frame={frame}
        prefix={props.prefix}
        say={say}
        caption={props.caption}
        small={small}
        open={open}
        onTable={() => setTable(table === drawn.name ? "" : drawn.name)}
        onZoom={zoom}
      />
      {empty && <p class="empty">{say("picture_empty")}</p>}
      <div
        ref={box}
        class="plot"
        hidden={empty}
        tabIndex={0}
        role="application"
        aria-label={say("picture_of", { title: drawn.title, shape: shape(manifest, drawn) })}
        style={size}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
        onFocus={() => box.current!.matches(":focus-visible") && go(canvas.current!.at ?? [0, 0])}
        onBlur={() => point(null)}
      >
        <div ref={spacer} class="spacer">
          <div class="screen" style={size}>
            <canvas ref={base} />
            <canvas ref={over} class="over" />
          </div>
        </div>
      </div>
      <p class="unseen" aria-live="polite">
        {spoken.name === drawn.name ? spoken.text : ""}
      </p>
      {told.error && <p role="alert">{say("picture_error", { problem: told.error })}</p>}
      {!small && (
        <Legend
          drawn={drawn}
          told={told}
          dark={dark}
          range={range}
          say={say}
          rangeWord={props.rangeWord}
          narrow={frame.width < 70}
          onRange={hands.onRange && (() => hands.onRange!(range === "full" ? "robust" : "full"))}
        />
      )}
      {open && !empty && (
        <Table
          manifest={manifest}
          source={props.source}
          drawn={drawn}
          around={canvas.current?.at ?? [0, 0]}
          caption={`${drawn.title} (${shape(manifest, drawn)})`}
          say={say}
        />
      )}
    </figure>
  )
}

/** The same object where nothing that is shown has changed, so that painting does not draw the page again. */
function changed(next: Told): (before: Told) => Told {
  const look = ({ name, sheet, seen, limit, error }: Told) =>
    [name, sheet?.binRows, sheet?.binCols, sheet?.limits.clipped, seen.masked, seen.nan, limit, error, sheet !== null].join()
  return (before) => (look(before) === look(next) ? before : next)
}
