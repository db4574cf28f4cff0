/** Room on the canvas for names: what is named first takes it. */
import { areaOf, BOLD, type Label, type Labels } from "./labels"
import { type Area, meet, type Point } from "./pens"
import { covers, type Quad } from "./quads"

export class Room {
  private readonly taken: Area[] = []
  private readonly named: Area[] = []

  /** `within`: what the page does not lay its own words over. */
  constructor(
    private readonly labels: Labels,
    private readonly within: Area,
  ) {
    labels.begin()
  }

  /** Pixels that the letters of a name take. */
  wide(text: string, bold = false): number {
    return this.labels.wide(text, undefined, bold ? BOLD : undefined)
  }

  /** Something else is written there. */
  take(area: Area): void {
    this.taken.push(area)
  }

  /** Puts a name at the first of these spots where it lies in view, on no other, and on none of these fronts. Gives whether there was one. */
  put(name: Omit<Label, keyof Point>, spots: readonly Point[], off: readonly Quad[] = []): boolean {
    const wide = this.wide(name.text, name.bold)
    for (const { x, y } of spots) {
      const area = areaOf({ ...name, x, y }, wide)
      if (!this.holds(area) || this.taken.some((other) => meet(area, other)) || off.some((quad) => covers(quad, area))) continue
      this.taken.push(area)
      this.named.push(area)
      this.labels.put({ ...name, x, y })
      return true
    }
    return false
  }

  /** Whether a name lies here. */
  meets(area: Area): boolean {
    return this.named.some((other) => meet(area, other))
  }

  /** Cuts the names, which are in the scene, out of what has been drawn over it. */
  cut(context: CanvasRenderingContext2D): void {
    for (const { left, right, top, bottom } of this.named) context.clearRect(left, top, right - left, bottom - top)
  }

  private holds({ left, right, top, bottom }: Area): boolean {
    const { within } = this
    return left >= within.left && right <= within.right && top >= within.top && bottom <= within.bottom
  }
}
