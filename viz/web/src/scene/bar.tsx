/** The bar of the scene: the computation, the camera, another network beside, a picture of it. */
import type { ComponentChildren } from "preact"
import type { Say, Word } from "../walkthrough/ui"
import type { Beside } from "./beside"
import { fullscreen } from "./fullscreen"
import { wordsOf } from "./order"
import type { Beat } from "./sweep"
import type { Theatre } from "./theatre"

const PICTURE_WIDTHS = [1280, 1920, 3840]

interface Props {
  theatre: { current: Theatre | null }
  say: Say
  /** Of the computation that is shown. */
  beat: Beat & { playing: boolean }
  beside: Beside
  /** So many cells or rows of the computation on or back. */
  onStep: (parts: number) => void
  /** Of the stage. */
  name: string
  /** What can be shown on the whole screen. */
  root: { current: HTMLElement | null }
  /** More controls. */
  children?: ComponentChildren
}

export function Bar({ theatre, say, beat, beside, onStep, name, root, children }: Props) {
  const button = (word: Word, sign: string, on: () => void) => (
    <button type="button" aria-label={say(word)} title={say(word)} onClick={on}>
      {sign}
    </button>
  )
  const now = theatre.current
  const progress = now?.progress()
  const words = beat.together ? say("scene_once") : progress ? say(...wordsOf(progress)) : ""
  return (
    <div class="scene-bar" role="toolbar" aria-label={say("scene_camera")}>
      <div class="scene-group">
        {button("scene_again", "⟲", () => now?.again())}
        {button(beat.playing ? "scene_pause" : "scene_play", beat.playing ? "❚❚" : "▶", () => now?.computation.toggle())}
        {button(progress?.rows ? "scene_row_back" : "scene_cell_back", "‹", () => onStep(-1))}
        <input
          type="range"
          min="0"
          max="1"
          step="any"
          aria-label={say("scene_computed")}
          aria-valuetext={words}
          value={beat.together ? 1 : beat.share}
          onInput={(event) => now?.computation.scrub(Number(event.currentTarget.value))}
        />
        {button(progress?.rows ? "scene_row_on" : "scene_cell_on", "›", () => onStep(1))}
        <span class="scene-how">{words}</span>
      </div>
      <div class="scene-group">
        {button("scene_go", "◎", () => now?.go())}
        {button("scene_fit", "▣", () => now?.fit())}
        {button("scene_nearer", "+", () => now?.space.camera.zoom(0.7))}
        {button("scene_further", "−", () => now?.space.camera.zoom(1.4))}
        {document.fullscreenEnabled && button("scene_full", "⤡", () => void fullscreen(root.current))}
        <label>
          <span class="unseen">{say("scene_beside")}</span>
          <select value={beside.layout} onChange={(event) => beside.choose(event.currentTarget.value)}>
            <option value="">{say("scene_beside")}…</option>
            {Object.entries(beside.layouts).map(([key, title]) => (
              <option key={key} value={key}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span class="unseen">{say("scene_save")}</span>
          <select
            value=""
            onChange={(event) => {
              void save(now, Number(event.currentTarget.value), `${name}.png`)
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
        {children}
      </div>
    </div>
  )
}

async function save(theatre: Theatre | null, width: number, name: string): Promise<void> {
  const blob = await theatre?.picture(width)
  if (!blob) return
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}
