/** What runs down and across a matrix, in the axes' colours. */
import { axisName } from "../places"
import type { Manifest } from "../types"
import type { Drawn, Line } from "./layout"
import type { PictureSay } from "./words"

export function Axes({ manifest, drawn, say }: { manifest: Manifest; drawn: Drawn; say: PictureSay }) {
  const plain = (line: Line) => (line.axis.endsWith("_out") ? line.axis.slice(0, -4) : line.axis)
  const chip = (line: Line, arrow: string) => (
    <span
      class="axis"
      style={{ "--axis": manifest.axes[plain(line)]?.colour ?? "var(--gf-grey, #8a8f98)" }}
      title={manifest.axes[plain(line)]?.title}
    >
      {arrow} {word(manifest, line.axis, say)} {line.count}
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

function word(manifest: Manifest, axis: string, say: PictureSay): string {
  if (axis === "query") return say("picture_query")
  return axis === "key" ? say("picture_key") : axisName(manifest, axis)
}
