/** What a picture is drawn on: how much room there is, what is near the view, what the system asks for. */
import type { RefObject } from "preact"
import { useEffect, useLayoutEffect, useState } from "preact/hooks"
import type { Room } from "./fit"

const NARROWEST = 240
const LOWEST = 240
const HIGHEST = 800
/** Of a pane that scrolls, what the heading takes, and the titles and legends of two matrices. */
const AROUND = 190
/** For outlines around the outermost matrices. */
const EDGE = 6
/** Until the pane has been measured. */
const USUAL: Room = { width: 720, height: 460 }

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const media = matchMedia(query)
    const listen = () => setMatches(media.matches)
    media.addEventListener("change", listen)
    return () => media.removeEventListener("change", listen)
  }, [query])
  return matches
}

/** The room there is: width of the pane, and a height that leaves the explanation in sight. */
export function useRoom(outer: RefObject<HTMLDivElement>): Room | null {
  const [room, setRoom] = useState<Room | null>(null)
  useLayoutEffect(() => {
    const pane = outer.current!.closest<HTMLElement>(".scroll")
    const measure = () => {
      // Before it is laid out, and where there is no layout at all, as in tests.
      const width = Math.max(Math.floor(outer.current?.clientWidth || USUAL.width) - EDGE, NARROWEST)
      const scrolls = pane !== null && /auto|scroll/.test(getComputedStyle(pane).overflowY)
      const free = scrolls ? pane.clientHeight - AROUND : globalThis.innerHeight * 0.52
      const height = Math.round(Math.min(Math.max(free, LOWEST), HIGHEST))
      setRoom((before) => (before?.width === width && before.height === height ? before : { width, height }))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(outer.current!)
    if (pane) observer.observe(pane)
    return () => observer.disconnect()
  }, [])
  return room
}

/** What has been near the view, so that the next step knows that it will be. */
export interface Near {
  heads: boolean
  strip: boolean
}

/** Whether an element is in view, or nearly: what nobody has scrolled to is neither fetched nor painted. */
export function useNear(element: RefObject<HTMLElement>, near: Near, which: keyof Near): boolean {
  const [is, setIs] = useState(near[which])
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        near[which] = entries.at(-1)!.isIntersecting
        setIs(near[which])
      },
      // A margin around every pane that scrolls, not only around the window.
      { scrollMargin: "160px" } as IntersectionObserverInit,
    )
    observer.observe(element.current!)
    return () => observer.disconnect()
  }, [element, near, which])
  return is
}
