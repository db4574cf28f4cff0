/** What runs down and across a matrix, in the axes' colours. */
import { axisName } from "../places"
import type { Manifest } from "../types"
import type { Drawn, Line } from "./layout"
import type { PictureSay } from "./words"

interface Props {
  manifest: Manifest
  drawn: Drawn
  say: PictureSay
  /** No room for what the words in brackets explain. */
  narrow: boolean
}

export function Axes({ manifest, drawn, say, narrow }: Props) {
  const plain = (line: Line) => (line.axis.endsWith("_out") ? line.axis.slice(0, -4) : line.axis)
  const chip = (line: Line, arrow: string) => (
    <span
      class="axis"
      style={{ "--axis": manifest.axes[plain(line)]?.colour ?? "var(--gf-grey, #8a8f98)" }}
      title={manifest.axes[plain(line)]?.title}
    >
      {arrow} {word(manifest, line.axis, say, narrow)} {line.count}
    </span>
  )
  const held = Object.entries(drawn.fixed).filter(([axis]) => axis.endsWith("head"))
  return (
    <span class="axes">
      {drawn.rows && chip(drawn.rows, "↓")}
      {drawn.cols && chip(drawn.cols, "→")}
      {held.map(([axis, place]) => (
        <span key={axis} class="axis" style={{ "--axis": manifest.axes[axis]?.colour ?? "#8a8f98" }}>
          {say("picture_head", { n: place })}
        </span>
      ))}
      {drawn.rows?.places && <span class="aside">{say("picture_rows_used", { n: drawn.rows.places.length })}</span>}
    </span>
  )
}

function word(manifest: Manifest, axis: string, say: PictureSay, narrow: boolean): string {
  const explained = !narrow && (axis === "query" || axis === "key")
  return explained ? say(`picture_${axis}`) : axisName(manifest, axis)
}
