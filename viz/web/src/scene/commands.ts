/** What keys do to the scene. */
import { useEffect } from "preact/hooks"
import { isElsewhere } from "../walkthrough/keys"
import type { Manifest } from "../walkthrough/types"
import { stageNow } from "../walkthrough/view"
import type { Walk } from "../walkthrough/walk"
import { fullscreen } from "./fullscreen"
import { commandOf } from "./keys"
import { flat } from "./slabs"
import type { Theatre } from "./theatre"

/** Letters and signs do the same wherever the focus is, unless somebody types there; arrows turn what has the focus. */
export function useKeys(theatre: { current: Theatre | null }, manifest: Manifest, walk: Walk, root: { current: HTMLElement | null }): void {
  useEffect(() => {
    const heard = (event: KeyboardEvent) => {
      const target = event.composedPath()[0]
      if (event.key.length > 1 || event.isComposing || !(target instanceof Element) || isElsewhere(target)) return
      keyed(event, theatre.current, manifest, walk, root.current)
    }
    // On the way down: Streamlit has letters of its own.
    document.addEventListener("keydown", heard, true)
    return () => document.removeEventListener("keydown", heard, true)
  }, [manifest, walk])
}

/** `root`: what can be shown on the whole screen. */
export function keyed(event: KeyboardEvent, theatre: Theatre | null, manifest: Manifest, walk: Walk, root: HTMLElement | null): void {
  const command = theatre && commandOf(event)
  if (!command) return
  event.preventDefault()
  event.stopPropagation()
  if (command.do === "orbit") theatre.space.camera.orbit(command.right, command.up)
  else if (command.do === "pan") theatre.space.camera.pan(command.right, command.up)
  else if (command.do === "zoom") theatre.space.camera.zoom(command.factor)
  else if (command.do === "fit") theatre.fit()
  else if (command.do === "go") theatre.go()
  else if (command.do === "again") theatre.again()
  else if (command.do === "toggle") theatre.computation.toggle()
  else if (command.do === "full") void fullscreen(root)
  else if (command.do === "compute") walk.point(theatre.compute(command.cells))
  else moveCell(command.rows, command.cols, theatre, manifest, walk)
}

/** The cell of the current stage that is on the card moves by rows and columns, as they are seen. */
function moveCell(rows: number, cols: number, theatre: Theatre, manifest: Manifest, walk: Walk): void {
  const stage = stageNow(walk.state.value.view, manifest)
  const block = theatre.network?.block(stage.name)
  if (!block || block.shape.includes(0)) return
  const { kept } = theatre.gaze
  const index = kept?.name === stage.name ? [...kept.index] : stage.shape.map(() => 0)
  const { row, col } = flat(block)
  for (const [axis, by] of [[row, rows], [col, cols]] as const) {
    if (axis !== null) index[axis] = Math.min(Math.max(index[axis]! + by, 0), block.shape[axis]! - 1)
  }
  walk.dispatch({ do: "pin", cell: { name: stage.name, index } })
}
