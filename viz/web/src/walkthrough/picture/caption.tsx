/** Above a matrix: its title, its axes, and the tools to look closer. */
import type { ComponentChildren, RefObject } from "preact"
import { useLayoutEffect, useRef } from "preact/hooks"
import type { Manifest } from "../types"
import { Axes } from "./axes"
import type { Board } from "./board"
import type { MatrixCanvas } from "./canvas"
import { ZOOM_STEP } from "./cursor"
import type { Frame } from "./fit"
import type { Drawn } from "./layout"
import { Minimap } from "./minimap"
import type { PictureSay } from "./words"

interface Props {
  manifest: Manifest
  board: Board
  canvas: RefObject<MatrixCanvas | null>
  drawn: Drawn
  frame: Frame
  prefix: string
  say: PictureSay
  /** Instead of the title: small multiples say which head they are, and have no tools. */
  caption: ComponentChildren
  small: boolean
  /** Whether the table is shown. */
  open: boolean
  onTable: () => void
  onZoom: (factor: number) => void
}

/** Pixels: from here on there is room to explain the axes. */
const NARROW = 290

export function Caption({ manifest, board, canvas, drawn, frame, prefix, say, caption, small, open, onTable, onZoom }: Props) {
  const title = useRef<HTMLElement>(null)
  useWhole(title, drawn, frame.width)
  const table = say(open ? "picture_table_hide" : "picture_table")
  return (
    <figcaption>
      <span ref={title} class="title" title={drawn.name}>
        {caption ?? drawn.title}
      </span>
      {!small && <Axes manifest={manifest} drawn={drawn} say={say} narrow={frame.width < NARROW} />}
      {!small && (
        <span class="tools">
          <Minimap board={board} canvas={canvas} drawn={drawn} frame={frame} prefix={prefix} />
          <button type="button" title={say("picture_zoom_in")} aria-label={say("picture_zoom_in")} onClick={() => onZoom(ZOOM_STEP)}>
            +
          </button>
          <button type="button" title={say("picture_zoom_out")} aria-label={say("picture_zoom_out")} onClick={() => onZoom(1 / ZOOM_STEP)}>
            −
          </button>
          <button type="button" aria-pressed={open} title={table} aria-label={`${table}: ${drawn.title}`} onClick={onTable}>
            ≣
          </button>
        </span>
      )}
    </figcaption>
  )
}

/**
 * The output's title is read whole: where it does not fit beside the tools it rises above them. All matrices that lie
 * level with it go down by as much, so that their rows still meet.
 */
function useWhole(title: RefObject<HTMLElement>, { role, title: words }: Drawn, width: number): void {
  useLayoutEffect(() => {
    const one = title.current!
    const group = role === "output" ? one.closest<HTMLElement>(".flow, .cross") : null
    if (!group) return
    const isCut = one.scrollWidth > one.clientWidth
    one.dataset.raised = String(isCut)
    if (isCut) group.style.setProperty("--raised", `${one.offsetHeight}px`)
    return () => {
      one.dataset.raised = "false"
      group.style.removeProperty("--raised")
    }
  }, [role, words, width])
}
