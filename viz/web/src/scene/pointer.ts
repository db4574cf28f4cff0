/** What the pointer does on the canvas: tells the cell that is under it, pins it, goes to its block. */
import { useEffect } from "preact/hooks"
import { stageNamed } from "../walkthrough/places"
import type { Manifest } from "../walkthrough/types"
import { stageNow } from "../walkthrough/view"
import type { Walk } from "../walkthrough/walk"
import type { Theatre } from "./theatre"
import { boxOf } from "./where"

export function usePointer(
  canvas: { current: HTMLCanvasElement | null },
  theatre: { current: Theatre | null },
  manifest: Manifest,
  walk: Walk,
): void {
  useEffect(() => {
    const element = canvas.current
    if (!element) return
    let pressed: { x: number; y: number } | null = null
    const at = (event: PointerEvent | MouseEvent) => {
      const box = element.getBoundingClientRect()
      return { x: event.clientX - box.left, y: event.clientY - box.top, box }
    }
    const move = (event: PointerEvent) => {
      if (event.buttons || !theatre.current) return walk.point(null)
      const { x, y, box } = at(event)
      const found = theatre.current.under(x, y)
      const where = found && boxOf(theatre.current.space.camera, found.block, found.place)
      if (!found || !where) return walk.point(null)
      const { left, top } = box
      walk.point(found.cell, {
        left: where.left + left, right: where.right + left, top: where.top + top, bottom: where.bottom + top,
      }) // prettier-ignore
    }
    const down = (event: PointerEvent) => {
      pressed = at(event)
    }
    const up = (event: PointerEvent) => {
      const { x, y } = at(event)
      const still = pressed && Math.hypot(x - pressed.x, y - pressed.y) < 4
      pressed = null
      const found = still && theatre.current?.under(x, y)
      if (!found) return
      const { view } = walk.state.value
      const stage = stageNow(view, manifest)
      const weights = stage.weights.map((name) => theatre.current?.network?.canonical(name))
      const near = found.cell.name === stage.name || [...stage.reads, ...weights].includes(found.cell.name)
      if (near) walk.dispatch({ do: "pin", cell: found.cell })
      else if (stageNamed(manifest, found.cell.name)) walk.dispatch({ do: "stage", name: found.cell.name, index: found.cell.index })
      else theatre.current?.flyTo(found.cell.name)
    }
    const leave = () => walk.point(null)
    const heard = { pointermove: move, pointerdown: down, pointerup: up, pointerleave: leave }
    for (const [name, listener] of Object.entries(heard)) element.addEventListener(name, listener as EventListener)
    return () => {
      for (const [name, listener] of Object.entries(heard)) element.removeEventListener(name, listener as EventListener)
    }
  }, [manifest, walk])
}
