/** How many different numbers have been in view, so that what was fetched can be held against it. */
import { type Box, count, without } from "./boxes"

export class Seen {
  private readonly boxes = new Map<string, Box[]>()
  private readonly overviews = new Set<string>()

  /** The cells of a box that were not in view before. */
  cells(name: string, box: Box): number {
    const before = this.boxes.get(name) ?? []
    const fresh = before.reduce((left, old) => left.flatMap((one) => without(one, old)), [box])
    if (fresh.length) this.boxes.set(name, [...before, ...fresh])
    return fresh.reduce((sum, one) => sum + count(one), 0)
  }

  /** The numbers of an overview, which are those of its very pixels. */
  overview(id: string, numbers: number): number {
    if (this.overviews.has(id)) return 0
    this.overviews.add(id)
    return numbers
  }
}
