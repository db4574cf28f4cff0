/** A board: sliders, and panels that follow them. */
import type { VNode } from "preact"
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import { isDark, onThemeChange } from "../theme"
import { useSignal } from "../walkthrough/signal"
import type { CursorState } from "./cursors"
import type { Ink } from "./draw/kind"
import { isPicture } from "./draw/kinds"
import { Controls } from "./panes/controls"
import { PictureView } from "./panes/picture"
import { FormulaView, TableView } from "./panes/told"
import type { Board, Cursors, Panel } from "./types"

interface Look {
  ink: Ink
  font: string
}

export function App({ board, state }: { board: Board; state: CursorState }) {
  const root = useRef<HTMLElement>(null)
  const [look, setLook] = useState<Look | null>(null)
  const { shown } = useSignal(state.places)
  useLayoutEffect(() => setLook(lookOf(root.current!, board)), [board])
  useEffect(() => onThemeChange(root.current!, () => setLook(lookOf(root.current!, board))), [board])
  return (
    <section
      ref={root}
      class="board"
      data-glassformer="board"
      data-ready={look !== null}
      data-cursors={told(shown)}
      aria-label={board.label}
    >
      <Controls board={board} state={state} />
      <div class="panels">{look && places(board.panels).flatMap((some) => placed(some, board, state, look))}</div>
    </section>
  )
}

/** Panels in their places: one place holds a panel and those that go under it. */
function places(panels: Panel[]): Panel[][] {
  const out: Panel[][] = []
  for (const panel of panels) {
    if (panel.under && out.length) out.at(-1)!.push(panel)
    else out.push([panel])
  }
  return out
}

function placed(some: Panel[], board: Board, state: CursorState, look: Look): VNode[] {
  const first = some[0]!
  const place = (
    <div key={first.id} class={first.wide ? "place wide" : "place"}>
      {some.map((panel) => (
        <View key={panel.id} panel={panel} board={board} state={state} look={look} />
      ))}
    </div>
  )
  return first.heading ? [<h3 key={`${first.id} heading`}>{first.heading}</h3>, place] : [place]
}

function View({ panel, board, state, look }: { panel: Panel; board: Board; state: CursorState; look: Look }) {
  if (isPicture(panel)) return <PictureView board={board} panel={panel} state={state} {...look} />
  if (panel.kind === "table") return <TableView board={board} panel={panel} state={state} />
  return <FormulaView panel={panel} state={state} />
}

function told(cursors: Cursors): string {
  return Object.entries(cursors)
    .map(([axis, place]) => `${axis}=${place}`)
    .join("&")
}

/** Colours and letters of the page, as a canvas wants them. */
function lookOf(root: HTMLElement, board: Board): Look {
  const style = getComputedStyle(root)
  const dark = isDark(root)
  const text = style.color
  return {
    font: style.fontFamily || "sans-serif",
    ink: {
      text,
      dark,
      faint: dark ? "#a3a8b4" : "#656b78",
      grid: dark ? "#3a3e48" : "#dcdfe5",
      stripes: dark ? "#585c67" : "#bec1c9",
      ground: style.getPropertyValue("--st-background-color").trim() || (dark ? "#0e1117" : "#ffffff"),
      pin: board.colours.pin,
    },
  }
}
