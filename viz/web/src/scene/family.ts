/** Which traces one theatre can show one after the other: those of an input that grows or shrinks at its end. */
import { useRef } from "preact/hooks"
import type { Source } from "../walkthrough/data"
import type { Manifest } from "../walkthrough/types"
import { akin, type Spot } from "../walkthrough/writing"

/** A number that stays the same as long as the theatre may. */
export function useFamily(manifest: Manifest, source: Source): number {
  const held = useRef({ manifest, source, family: 0 })
  const { current } = held
  if (current.source !== source) {
    const same = current.manifest.language === manifest.language && akin(current.manifest, manifest)
    held.current = { manifest, source, family: current.family + Number(!same) }
  }
  return held.current.family
}

/** A point of the canvas as one of the window; null where it lies outside of the frame. */
export function inWindow(at: Spot | null, frame: HTMLElement): Spot | null {
  const { left, top, width, height } = frame.getBoundingClientRect()
  return at && at.x >= 0 && at.y >= 0 && at.x <= width && at.y <= height ? { x: left + at.x, y: top + at.y } : null
}
