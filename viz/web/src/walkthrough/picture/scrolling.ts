/** Keeps the scrollbars of a matrix where its lenses are, and the lenses where the scrollbars are. */
import type { Lens } from "./lens"

interface Size {
  left: number
  top: number
  width: number
  height: number
}

export class Scrolling {
  /** Where the scrollbars were last seen or put: asking the browser would make it lay out the page at once. */
  private at = { left: 0, top: 0 }
  private size = ""

  constructor(
    private readonly box: HTMLElement,
    private readonly spacer: HTMLElement,
  ) {}

  /** The size of all cells, and where the view on them begins. null: a side without cells to scroll. */
  follow(rows: Lens | null, cols: Lens | null, size: Size): void {
    const width = size.left + Math.max(cols ? cols.count * cols.cell : 0, size.width)
    const height = size.top + Math.max(rows ? rows.count * rows.cell : 0, size.height)
    const text = `width:${width}px;height:${height}px`
    if (text !== this.size) this.spacer.style.cssText = this.size = text
    const left = (cols?.offset ?? 0) * (cols?.cell ?? 0)
    const top = (rows?.offset ?? 0) * (rows?.cell ?? 0)
    if (Math.abs(this.at.left - left) >= 1) this.box.scrollLeft = left
    if (Math.abs(this.at.top - top) >= 1) this.box.scrollTop = top
    this.at = { left, top }
  }

  /** Where a person scrolled to; null where only `follow` did. */
  moved(): { left: number; top: number } | null {
    const { scrollLeft: left, scrollTop: top } = this.box
    if (Math.abs(left - this.at.left) < 1 && Math.abs(top - this.at.top) < 1) return null
    this.at = { left, top }
    return this.at
  }
}
