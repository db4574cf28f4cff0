/** The value of the cell under the pointer, beside the cell. Who listens instead of looking has the line below. */
import { useEffect } from "preact/hooks"
import { signed } from "../../format"
import type { Source } from "../data"
import { memo } from "../memo"
import { useSignal } from "../signal"
import type { Manifest } from "../types"
import type { Box, Walk } from "../walk"
import { cellName } from "./cell"
import { usePeeked } from "./peek"

interface Props {
  manifest: Manifest
  source: Source
  walk: Walk
  root: { current: HTMLElement | null }
}

const APART = 6
/** Pixels at the top of the window that Streamlit's header takes, and room for the line itself. */
const HEADER = 100

export const Tip = memo(({ manifest, source, walk, root }: Props) => {
  const cell = useSignal(walk.peek)
  const box = useSignal(walk.peekBox)
  const { text } = usePeeked(source, manifest, cell)
  useEffect(() => {
    if (!box) return
    // The cell moves on without the pointer. Scrolling inside of the shadow root is not heard outside of it.
    const gone = () => (walk.peekBox.value = null)
    const heard = [root.current!, window]
    for (const target of heard) target.addEventListener("scroll", gone, true)
    return () => {
      for (const target of heard) target.removeEventListener("scroll", gone, true)
    }
  }, [box, walk, root])
  if (!cell || !box) return null
  return (
    <p class="tip" data-tip aria-hidden="true" style={place(box, root.current!.getBoundingClientRect())}>
      <strong>{signed(text)}</strong> <code>{cellName(cell)}</code>
    </p>
  )
})

/** Above the cell, or below it at the top of the window: never on it. It leans inwards so as not to stick out. */
export function place(box: Box, frame: Box): { left: string; top: string; transform: string } {
  const middle = (box.left + box.right) / 2 - frame.left
  const share = Math.min(Math.max(middle / Math.max(frame.right - frame.left, 1), 0), 1)
  const above = box.top >= HEADER
  const top = (above ? box.top - APART : box.bottom + APART) - frame.top
  return {
    left: `${middle}px`,
    top: `${top}px`,
    transform: `translate(${-100 * share}%, ${above ? "-100%" : "0"})`,
  }
}
