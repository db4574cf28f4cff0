/** What keys do while the canvas has the focus. Others go on to the walkthrough: arrows step, as everywhere. */

export type SceneCommand =
  | { do: "orbit"; right: number; up: number }
  | { do: "pan"; right: number; up: number }
  | { do: "zoom"; factor: number }
  | { do: "fit" }
  | { do: "go" }
  | { do: "again" }
  | { do: "toggle" }
  | { do: "full" }
  /** Cells of the computation, on or back. */
  | { do: "compute"; cells: number }
  | { do: "cell"; rows: number; cols: number }

const TURN = Math.PI / 24
const ARROWS: Record<string, [right: number, up: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}
const PLAIN: Record<string, SceneCommand> = {
  "+": { do: "zoom", factor: 0.8 },
  "=": { do: "zoom", factor: 0.8 },
  "-": { do: "zoom", factor: 1.25 },
  f: { do: "fit" },
  g: { do: "go" },
  r: { do: "again" },
  p: { do: "toggle" },
  F: { do: "full" },
  ".": { do: "compute", cells: 1 },
  ",": { do: "compute", cells: -1 },
  w: { do: "pan", right: 0, up: 0.08 },
  s: { do: "pan", right: 0, up: -0.08 },
  a: { do: "pan", right: -0.08, up: 0 },
  d: { do: "pan", right: 0.08, up: 0 },
}

export function commandOf(event: Pick<KeyboardEvent, "key" | "shiftKey" | "altKey" | "ctrlKey" | "metaKey">): SceneCommand | null {
  if (event.ctrlKey || event.metaKey) return null
  const arrow = ARROWS[event.key]
  if (arrow && event.shiftKey) return { do: "orbit", right: arrow[0] * TURN, up: arrow[1] * TURN }
  if (arrow && event.altKey) return { do: "cell", rows: -arrow[1], cols: arrow[0] }
  if (event.altKey) return null
  return Object.hasOwn(PLAIN, event.key) ? PLAIN[event.key]! : null
}
