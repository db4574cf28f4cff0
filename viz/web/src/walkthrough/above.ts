/** How much of the page lies above the walkthrough, so that its panes can take what is left of the window. */
import type { RefObject } from "preact"
import { useLayoutEffect } from "preact/hooks"

/** Sets `--above`, in pixels, on the element. */
export function useAbove(root: RefObject<HTMLElement>): void {
  useLayoutEffect(() => {
    const element = root.current!
    const scroller = scrollerOf(element)
    const content = scroller.firstElementChild ?? scroller
    const measure = () => {
      const from = scroller === document.documentElement ? 0 : scroller.getBoundingClientRect().top
      const above = element.getBoundingClientRect().top - from + scroller.scrollTop
      element.style.setProperty("--above", `${Math.round(above + from)}px`)
    }
    // What is above may grow: an error, another row of examples. Then what holds us all grows.
    const watch = new ResizeObserver(measure)
    watch.observe(content)
    measure()
    return () => watch.disconnect()
  }, [root])
}

function scrollerOf(element: Element): Element {
  for (let at = parentOf(element); at; at = parentOf(at)) {
    if (/auto|scroll/.test(getComputedStyle(at).overflowY)) return at
  }
  return document.documentElement
}

function parentOf(element: Element): Element | null {
  const root = element.getRootNode()
  return element.parentElement ?? (root instanceof ShadowRoot ? root.host : null)
}
