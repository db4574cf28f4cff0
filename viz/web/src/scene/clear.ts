/** What would stand before what is looked at is but a frame: heads before the one, experts before the one at work. Pure. */
import type { Step } from "./light"
import type { PlacedCell } from "./network"
import { middle, slabBounds, slabCount } from "./slabs"
import type { SceneBlock, Vec3 } from "./types"
import { type Head, headAt, slabsOf } from "./work"

export interface Clear {
  /** Blocks of which one slab is looked at. */
  slabs: ReadonlyMap<string, number>
  /** The expert that is looked at, and what the names of all in its block begin with. */
  expert: { prefix: string; place: number; depth: number } | null
}

export const NOTHING: Clear = { slabs: new Map(), expert: null }

const EXPERT = /^(.*\.experts\.)(\d+)\./

/** `cells`: the cell that is looked at and those it is made of, by blocks; they tell where no head was chosen. */
export function clearOf({ current, inputs }: Step, head: Head | null, cells: readonly PlacedCell[] = []): Clear {
  const found = EXPERT.exec(current.name)
  // What the cell is made of is not known yet, or nobody can tell: of what is read, its head.
  const [only, ...others] = cells
  const own = head ?? (only?.block === current && !others.length ? headAt(current, only.place.slab) : null)
  return {
    slabs: own ? slabsOf(current, inputs, own) : onlySlabs(cells),
    expert: found && { prefix: found[1]!, place: Number(found[2]), depth: middle(slabBounds(current, 0))[2] },
  }
}

/** The slab that all of the cells in a block are in. */
function onlySlabs(cells: readonly PlacedCell[]): Map<string, number> {
  const found = new Map<string, Set<number>>()
  for (const { block, place } of cells) found.set(block.name, (found.get(block.name) ?? new Set()).add(place.slab))
  return new Map([...found].flatMap(([name, slabs]): [string, number][] => (slabs.size === 1 ? [[name, [...slabs][0]!]] : [])))
}

/** The slabs of a block that are whole, first to last, the last not included. Experts stand and go as wholes. */
export function slabsSeen(block: SceneBlock, { slabs, expert }: Clear, eye: Vec3): [start: number, stop: number] {
  const count = slabCount(block)
  const other = expert && EXPERT.exec(block.name)
  if (other && other[1] === expert.prefix && Number(other[2]) !== expert.place) {
    // Later ones are deeper.
    const before = Number(other[2]) < expert.place === eye[2] > expert.depth
    return before ? [0, 0] : [0, count]
  }
  const chosen = slabs.get(block.name)
  if (chosen === undefined) return [0, count]
  const front = eye[2] > middle(slabBounds(block, chosen))[2]
  return front ? [chosen, count] : [0, chosen + 1]
}
