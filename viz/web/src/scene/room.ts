/** Room on the canvas for names: what is named first takes it. */
import { areaOf, fontOf, type Label, type Labels } from "./labels"
import { type Area, meet } from "./pens"

export class Room {
  private readonly taken: Area[] = []

  /** `context`: of the canvas over the scene, which is cut out where the scene itself has letters. */
  constructor(
    private readonly context: CanvasRenderingContext2D,
    private readonly labels: Labels,
    private readonly family: string,
  ) {
    labels.begin()
  }

  /** Pixels that the letters of a name take. */
  wide(text: string, bold = false): number {
    const { font } = this.context
    this.context.font = fontOf({ bold }, this.family)
    const { width } = this.context.measureText(text)
    this.context.font = font // others write on
    return width
  }

  /** Gives whether there was room. What must be said is said in any case. */
  put(label: Label, must = false): boolean {
    const area = areaOf(label, this.wide(label.text, label.bold))
    if (!must && this.taken.some((other) => meet(area, other))) return false
    this.taken.push(area)
    this.context.clearRect(area.left, area.top, area.right - area.left, area.bottom - area.top)
    this.labels.put(label)
    return true
  }
}
