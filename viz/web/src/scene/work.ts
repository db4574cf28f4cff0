/** Which rows and columns of the inputs are at work on one cell, told from the names of axes. Pure. */
import type { Index, Manifest, StageInfo } from "../walkthrough/types"
import type { Mark } from "./boxes"
import { flat, indexOf, type Place, placeOf } from "./slabs"
import type { SceneBlock } from "./types"

/** Where a cell is along each axis that another tensor may share with it. */
type Places = ReadonlyMap<string, number>

const HEADS = ["head", "kv_head"]

/** A head that was chosen, among so many. */
export interface Head {
  place: number
  heads: number
}

/**
 * The marks on what a stage reads, and the slab of a chosen head, while the cell at `place` of the stage is computed: that of one head, or
 * where none was chosen that of every slab, since they work side by side.
 */
export function atWork(
  manifest: Manifest,
  stage: StageInfo,
  block: SceneBlock,
  place: Place,
  inputs: readonly SceneBlock[],
  head: Head | null = null,
): Map<string, Mark> {
  const index = indexOf(block, place)
  const marks = new Map<string, Mark>()
  if (!index) return marks
  const places = placesOf(manifest, stage, block, index)
  const beside = new Set(flat(block).deep.map((axis) => block.axes[axis]!))
  for (const input of inputs) marks.set(input.name, markOn(input, places, stage.op, beside))
  for (const [name, slab] of head ? slabsOf(block, inputs, head) : []) marks.set(name, { ...marks.get(name), slab })
  return marks
}

/** Where a head was chosen and the block has heads: the slabs that are its own, of the block and of what it reads. */
export function slabsOf(block: SceneBlock, inputs: readonly SceneBlock[], head: Head): Map<string, number> {
  if (slabOfHead(block, head) === null) return new Map()
  return new Map(
    [block, ...inputs].flatMap((one): [string, number][] => {
      const slab = slabOfHead(one, head)
      return slab === null ? [] : [[one.name, slab]]
    }),
  )
}

/** The slab of a head; null where a block has none of its own. Query heads in a row share a key head. */
export function slabOfHead(block: SceneBlock, { place, heads }: Head): number | null {
  const axis = headAxis(block)
  if (axis === null) return null
  const count = block.shape[axis]!
  return Math.min(block.axes[axis] === "head" ? place : Math.floor((place * count) / Math.max(heads, 1)), count - 1)
}

/** The head that a slab is; null where slabs are none. */
export function headAt(block: SceneBlock, slab: number): Head | null {
  const axis = headAxis(block)
  return axis === null ? null : { place: slab, heads: block.shape[axis]! }
}

/** Where heads alone go into the depth, the place of their axis. */
function headAxis(block: SceneBlock): number | null {
  const [axis, ...others] = flat(block).deep
  return axis !== undefined && !others.length && HEADS.includes(block.axes[axis]!) ? axis : null
}

function placesOf(manifest: Manifest, stage: StageInfo, block: SceneBlock, index: Index): Places {
  const places = new Map(block.axes.map((axis, i) => [axis, index[i]!]))
  // A softmax takes all of a row.
  if (stage.op === "softmax") places.delete(block.axes.at(-1)!)
  const position = places.get("position")
  if (stage.op === "lookup" && position !== undefined) {
    const side = manifest.sides.find(({ name }) => name === stage.side) ?? manifest.sides[0]
    places.set("d_vocab", side!.ids[position]!)
  }
  return places
}

/** `beside`: axes along which all is computed at once. */
function markOn(input: SceneBlock, places: Places, op: string, beside: ReadonlySet<string>): Mark {
  const { row, col, deep } = flat(input)
  const twice = new Set(input.axes.filter((axis) => axis.endsWith("_out")).map((axis) => axis.slice(0, -4)))
  const along = (axis: number | null): number | undefined => {
    if (axis === null) return undefined
    const name = input.axes[axis]!
    // Of a square weight the axis that is summed over has the same name as the one that comes out.
    if (twice.has(name)) return undefined
    const place = look(places, name.replace(/_out$/, ""), input, op)
    return place !== undefined && place < Math.max(input.shape[axis]!, 1) ? place : undefined
  }
  const mark: Mark = {}
  const [down, across] = [along(row), along(col)]
  if (down !== undefined) mark.row = down
  if (across !== undefined) mark.col = across
  // Slabs that are added up are at work together.
  const known = deep.map((axis) => (beside.has(input.axes[axis]!) ? undefined : along(axis)))
  if (deep.length && known.every((place) => place !== undefined)) {
    const at = input.axes.map(() => 0)
    deep.forEach((axis, i) => (at[axis] = known[i]!))
    mark.slab = placeOf(input, at).slab
  }
  return mark
}

function look(places: Places, axis: string, input: SceneBlock, op: string): number | undefined {
  if (axis === "position" && !places.has("position")) {
    const local = input.name.split(".").find((part) => /^(k|v|rot_k|k_norm)$/.test(part))
    return places.get(local ? "key" : "query")
  }
  // Values are added up over the keys, whose position is not that of the result.
  if (axis === "position" && op === "dot" && /(^|\.)v$/.test(input.name) && !places.has("d_model")) return undefined
  if (axis === "query") return places.get("query") ?? places.get("position")
  return places.get(axis)
}

/** The marks that single out the cells in a list: where those of a block share a row or a column, that one. */
export function marksOf(cells: readonly { name: string; index: Index }[], blocks: ReadonlyMap<string, SceneBlock>): Map<string, Mark> {
  const found = new Map<string, Place[]>()
  for (const { name, index } of cells) {
    const block = blocks.get(name)
    if (!block || index.length !== block.axes.length) continue
    found.set(name, [...(found.get(name) ?? []), placeOf(block, index)])
  }
  return new Map(
    [...found].map(([name, places]): [string, Mark] => {
      const only = (key: keyof Place) => (places.every((place) => place[key] === places[0]![key]) ? places[0]![key] : undefined)
      const mark: Mark = {}
      for (const key of ["slab", "row", "col"] as const) {
        const value = only(key)
        if (value !== undefined) mark[key] = value
      }
      return [name, mark]
    }),
  )
}
