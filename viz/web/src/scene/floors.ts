/** The rows of the page that a network is laid out as, and what each is called: "Block 0 \u00b7 attention". */
import type { Manifest, StageInfo } from "../walkthrough/types"
import { boundsOf } from "./slabs"
import type { SceneBlock, Vec3 } from "./types"

export interface Floor {
  title: string
  /** The stages that are in this row. */
  names: ReadonlySet<string>
  /** Beside the beginning of the stream, where nothing stands. */
  at: Vec3
  /** The words end there; else they begin there. */
  left: boolean
}

/** Places of a stage that say little of a row: norms and the stream belong to what follows them. */
const QUIET = ["norm", "stream"]
/** Units between what stands there and the words. */
const ASIDE = 3

export function floorsOf(manifest: Manifest, blocks: readonly SceneBlock[]): Floor[] {
  const stages = new Map(manifest.stages.map((stage) => [stage.name, stage]))
  const rows = new Map<string, SceneBlock[]>()
  for (const block of blocks) {
    if (block.role === "weight") continue
    const key = `${block.side} ${block.floor}`
    rows.set(key, [...(rows.get(key) ?? []), block])
  }
  return [...rows.values()].map((row) => {
    const begin = row[0]!
    // The stream stands above what is computed from it.
    const branch = row.find((block) => block.corner[1] < begin.corner[1]) ?? begin
    const { min, max } = boundsOf(branch)
    // Attention to another stack stands to the left of the stream.
    const left = row.every((block) => block.corner[0] >= begin.corner[0])
    const x = left ? begin.corner[0] - ASIDE : begin.corner[0] + begin.size[0] + ASIDE
    const title = titleOf(manifest, row.flatMap(({ name }) => stages.get(name) ?? []))
    return { title, names: new Set(row.map(({ name }) => name)), at: [x, (min[1] + max[1]) / 2, max[2]], left }
  })
}

/** Empty where there is nothing but norms and the stream. Of an embedding that a block begins with, the block counts. */
function titleOf(manifest: Manifest, stages: readonly StageInfo[]): string {
  const telling = stages.filter(({ place }) => !QUIET.includes(place))
  const one = telling.find(({ place }) => place !== "embedding") ?? telling[0]
  if (!one) return ""
  const layer = one.layer === undefined ? undefined : manifest.ui.block!.replace("{n}", String(one.layer))
  const words = [manifest.places[one.side], layer, manifest.places[one.place]].filter((word) => word !== undefined)
  const text = words.join(" \u00b7 ")
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
