/** Who begins to step wants to see the panes, not the controls above them: once, the page scrolls so far down. */
import type { RefObject } from "preact"
import { useEffect, useRef } from "preact/hooks"

export function useIntoView(root: RefObject<HTMLElement>, step: number): void {
  const first = useRef(step)
  const done = useRef(false)
  useEffect(() => {
    const element = root.current!
    if (done.current || step === first.current) return
    done.current = true
    // On a phone the panes stack, and the page is scrolled by hand.
    if (element.clientWidth < 1040 || element.getBoundingClientRect().bottom <= innerHeight) return
    const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches
    element.scrollIntoView({ block: "end", behavior: smooth ? "smooth" : "instant" })
  }, [step])
}
