/** How much of the canvas the page lays words and buttons over, so that what is looked at comes to lie beside them. */
export function coveredOf(frame: HTMLElement): { top: number; bottom: number } {
  const box = frame.getBoundingClientRect()
  const scroll = frame.closest(".scroll")
  const edges = (selector: string) => scroll?.querySelector(selector)?.getBoundingClientRect()
  const [head, bar] = [edges(".head"), edges(".scene-bar")]
  const top = head && head.top >= box.top - 1 ? Math.max(head.bottom - box.top, 0) : 0
  const bottom = bar && bar.bottom <= box.bottom + 1 ? Math.max(box.bottom - bar.top, 0) : 0
  return { top: Math.min(top, box.height), bottom: Math.min(bottom, box.height) }
}
