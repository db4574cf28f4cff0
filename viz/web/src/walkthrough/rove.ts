/** One stop of the Tab key for a row or a column of buttons; arrow keys go from one to the next. */
import type { RefObject } from "preact"
import { useEffect, useRef } from "preact/hooks"

/** A handler for `onKeyDown` of the element around buttons marked `data-rove`. */
export function rove(direction: "row" | "column") {
  const [back, on] = direction === "row" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"]
  return (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-rove]")]
    const now = all.indexOf(event.target as HTMLElement)
    if (now < 0 || event.altKey || event.ctrlKey || event.metaKey) return
    const to = { [back!]: now - 1, [on!]: now + 1, Home: 0, End: all.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    event.stopPropagation()
    all[Math.min(Math.max(to, 0), all.length - 1)]!.focus()
  }
}

/** Keeps a click of the mouse from taking the focus, so that arrow keys go on stepping after it. */
export function unfocused(event: MouseEvent): void {
  event.preventDefault()
}

/** For a row that scrolls inside itself: brings the pressed button into view, without moving the page. */
export function useChosenInView(chosen: unknown): RefObject<HTMLDivElement> {
  const row = useRef<HTMLDivElement>(null)
  // After the paint: measuring before it would lay out the page twice.
  useEffect(() => {
    const button = row.current?.querySelector("[aria-pressed=true]")
    if (!row.current || !button) return
    const [outer, inner] = [row.current.getBoundingClientRect(), button.getBoundingClientRect()]
    const margin = inner.width
    if (inner.left < outer.left + margin) row.current.scrollLeft -= outer.left + margin - inner.left
    else if (inner.right > outer.right - margin) row.current.scrollLeft += inner.right - outer.right + margin
  }, [chosen])
  return row
}
