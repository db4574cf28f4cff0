/** Keeps the focus near where it was when what had it is gone after a step. */
import type { RefObject } from "preact"
import { useEffect, useLayoutEffect, useRef } from "preact/hooks"

export function useFocusKept(root: RefObject<HTMLElement>): void {
  const last = useRef<{ element: Element; home: HTMLElement } | null>(null)
  useEffect(() => {
    const element = root.current!
    const came = (event: FocusEvent) => {
      const target = event.target as Element
      last.current = { element: target, home: target.closest<HTMLElement>("[data-home]") ?? element }
    }
    const left = (event: FocusEvent) => {
      // Left for another element, rather than lost.
      if (event.relatedTarget) last.current = null
    }
    element.addEventListener("focusin", came)
    element.addEventListener("focusout", left)
    return () => {
      element.removeEventListener("focusin", came)
      element.removeEventListener("focusout", left)
    }
  }, [root])
  useLayoutEffect(() => {
    const lost = last.current
    if (!lost || lost.element.isConnected) return
    last.current = null
    const tree = root.current?.getRootNode() as Document | ShadowRoot | undefined
    const now = tree?.activeElement
    if (now && now !== document.body) return
    const home = lost.home.isConnected ? lost.home : root.current
    home?.focus({ preventScroll: true })
  })
}
