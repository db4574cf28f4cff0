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
      <div class="panels">{look && board.panels.flatMap((panel) => placed(panel, board, state, look))}</div>
    </section>
  )
}

function placed(panel: Panel, board: Board, state: CursorState, look: Look): VNode[] {
  const view = (
    <div key={panel.id} class={panel.wide ? "place wide" : "place"}>
      {isPicture(panel) ? (
        <PictureView board={board} panel={panel} state={state} {...look} />
      ) : panel.kind === "table" ? (
        <TableView board={board} panel={panel} state={state} />
      ) : (
        <FormulaView panel={panel} state={state} />
      )}
    </div>
  )
  return panel.heading ? [<h3 key={`${panel.id} heading`}>{panel.heading}</h3>, view] : [view]
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
