/** How much of the canvas the page lays words and buttons over, so that what is looked at comes to lie beside them. */
export function coveredOf(frame: HTMLElement): { top: number; bottom: number } {
  const box = frame.getBoundingClientRect()
  const scroll = frame.closest(".scroll")
  const edges = (selector: string) => scroll?.querySelector(selector)?.getBoundingClientRect()
  const [head, bar, legend] = [edges(".head"), edges(".scene-bar"), edges(".scene-legend summary")]
  const top = head && head.top >= box.top - 1 ? Math.max(head.bottom - box.top, 0) : 0
  const lowest = bar && bar.bottom <= box.bottom + 1 ? bar : legend
  const bottom = lowest ? Math.max(box.bottom - lowest.top, 0) : 0
  return { top: Math.min(top, box.height), bottom: Math.min(bottom, box.height) }
}
