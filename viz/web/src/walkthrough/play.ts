/** Playing: one step a beat, until the end or a tab that nobody looks at. A question holds it up until it is answered. */
import { useEffect } from "preact/hooks"
import type { Walk } from "./walk"

/** `waits`: something on this step, such as a question, wants the person first. */
export function usePlay(walk: Walk, step: number, playing: boolean, pace: number, waits: boolean): void {
  useEffect(() => {
    if (!playing || waits) return
    const timer = setTimeout(() => walk.dispatch({ do: "beat" }), pace * 1000)
    return () => clearTimeout(timer)
  }, [walk, step, playing, pace, waits])
  useEffect(() => {
    if (!playing) return
    const hide = () => {
      if (document.hidden) walk.dispatch({ do: "play", on: false })
    }
    document.addEventListener("visibilitychange", hide)
    return () => document.removeEventListener("visibilitychange", hide)
  }, [walk, playing])
}
