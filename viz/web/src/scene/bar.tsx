/** The bar over the scene: camera, computation, another network beside, a picture of it. */
import type { ComponentChildren } from "preact"
import type { Say } from "../walkthrough/ui"
import type { Theatre } from "./theatre"

const PICTURE_WIDTHS = [1280, 1920, 3840]

interface Props {
  theatre: { current: Theatre | null }
  say: Say
  /** Of the computation that is shown. */
  share: number
  /** Networks that can be set beside, by their keys, and the one that is. */
  layouts: Record<string, string>
  layout: string
  onLayout: (name: string) => void
  /** Of the stage. */
  name: string
  /** More controls. */
  children?: ComponentChildren
}

export function Bar({ theatre, say, share, layouts, layout, onLayout, name, children }: Props) {
  return (
    <div class="scene-bar" role="toolbar" aria-label={say("scene_camera")}>
      <button type="button" onClick={() => theatre.current?.go()}>
        {say("scene_go")}
      </button>
      <button type="button" onClick={() => theatre.current?.fit()}>
        {say("scene_fit")}
      </button>
      <button type="button" aria-label={say("scene_nearer")} onClick={() => theatre.current?.space.camera.zoom(0.7)}>
        +
      </button>
      <button type="button" aria-label={say("scene_further")} onClick={() => theatre.current?.space.camera.zoom(1.4)}>
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
          onInput={(event) => theatre.current?.computation.scrub(Number(event.currentTarget.value))}
        />
      </label>
      <button type="button" onClick={() => theatre.current?.again()}>
        {say("scene_again")}
      </button>
      <label>
        {say("scene_beside")}{" "}
        <select value={layout} onChange={(event) => onLayout(event.currentTarget.value)}>
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
            void save(theatre.current, Number(event.currentTarget.value), `${name}.png`)
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
  )
}

async function save(theatre: Theatre | null, width: number, name: string): Promise<void> {
  const blob = await theatre?.space.picture(width)
  if (!blob) return
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}
