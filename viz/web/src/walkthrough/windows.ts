/** The windows that are held: cells of many tensors, in boxes, at most so many bytes. Knows nothing of the network. */
import { assemble, common, contains, count, key, without, type Box, type Filled } from "./boxes"
import { Recent } from "./requests"

export class Windows {
  private readonly boxes = new Map<string, Map<string, Box>>()
  private readonly numbers: Recent<Filled>

  constructor(mostBytes: number) {
    this.numbers = new Recent(mostBytes, (id) => this.forget(id))
  }

  put(name: string, filled: Filled): void {
    const id = `${name}|${key(filled.box)}`
    const boxes = this.boxes.get(name) ?? new Map<string, Box>()
    this.boxes.set(name, boxes)
    boxes.set(id, filled.box)
    this.numbers.set(id, filled, filled.values.byteLength)
  }

  /** The cells of a box, where all of them are held. */
  find(name: string, box: Box): Float32Array | null {
    const held = [...(this.boxes.get(name)?.entries() ?? [])].filter(([, other]) => common(box, other))
    const parts = held.map(([id]) => this.numbers.get(id)!)
    const values = assemble(box, parts)
    if (!values) return null
    // Pieces that a larger window has taken in are not kept beside it.
    const inside = parts.filter((part) => contains(box, part.box))
    if (inside.length > 1) {
      for (const part of inside) this.drop(`${name}|${key(part.box)}`)
      this.put(name, { box, values })
    }
    return values
  }

  /**
   * Boxes to wait for before `find` can answer: those of `coming` that it needs, and those nobody has asked for yet.
   * A box without cells is still asked for where nothing is known of its tensor.
   */
  missing(name: string, box: Box, coming: readonly Box[], known: boolean): Box[] {
    if (!count(box)) return known ? [] : [box]
    const needed = subtract([box], [...(this.boxes.get(name)?.values() ?? [])])
    const awaited = coming.filter((other) => needed.some((one) => common(one, other)))
    return [...awaited, ...subtract(needed, awaited)]
  }

  private drop(id: string): void {
    this.numbers.delete(id)
    this.forget(id)
  }

  private forget(id: string): void {
    this.boxes.get(id.slice(0, id.indexOf("|")))?.delete(id)
  }
}

function subtract(boxes: Box[], holes: readonly Box[]): Box[] {
  return holes.reduce((left, hole) => left.flatMap((one) => without(one, hole)), boxes)
}
