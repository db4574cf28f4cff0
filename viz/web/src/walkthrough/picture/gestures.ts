/** Mouse, pen and fingers on a matrix: hover, press, drag to scroll, ctrl+wheel and pinch to zoom. */

export interface Gestures {
  /** The point under the pointer, in pixels of the canvas; null when it has left. */
  hover: (x: number | null, y: number) => void
  press: (x: number, y: number) => void
  zoom: (factor: number, x: number, y: number) => void
}

const SLACK = 4

/** `box` scrolls; points are told from the corner of `canvas`. Returns how to stop. */
export function pointers(box: HTMLElement, canvas: HTMLElement, { hover, press, zoom }: Gestures): () => void {
  const fingers = new Map<number, { x: number; y: number }>()
  let held: { x: number; y: number; left: number; top: number } | null = null
  let dragged = false

  const at = (event: MouseEvent): [x: number, y: number] => {
    const { left, top } = canvas.getBoundingClientRect()
    return [event.clientX - left, event.clientY - top]
  }
  const down = (event: PointerEvent) => {
    dragged = false
    if (event.pointerType === "touch") fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    else if (event.button === 0) held = { x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop }
  }
  const moved = (event: PointerEvent) => {
    if (event.pointerType === "touch") {
      pinch(event)
      return
    }
    if (held && event.buttons & 1) {
      const [dx, dy] = [event.clientX - held.x, event.clientY - held.y]
      if (!dragged && Math.hypot(dx, dy) > SLACK) dragged = scrollable(box)
      if (dragged) box.scrollTo(held.left - dx, held.top - dy)
    }
    if (!dragged) hover(...at(event))
  }
  const pinch = (event: PointerEvent) => {
    const before = [...fingers.values()]
    if (!fingers.has(event.pointerId)) return
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    const after = [...fingers.values()]
    if (after.length !== 2) return
    dragged = true
    const apart = ([a, b]: { x: number; y: number }[]) => Math.hypot(a!.x - b!.x, a!.y - b!.y)
    const { left, top } = canvas.getBoundingClientRect()
    const [a, b] = after as [{ x: number; y: number }, { x: number; y: number }]
    zoom(apart(after) / Math.max(apart(before), 1), (a.x + b.x) / 2 - left, (a.y + b.y) / 2 - top)
  }
  const up = (event: PointerEvent) => {
    fingers.delete(event.pointerId)
    held = null
  }
  const left = (event: PointerEvent) => {
    up(event)
    if (event.pointerType !== "touch") hover(null, 0)
  }
  const clicked = (event: MouseEvent) => {
    if (!dragged) press(...at(event))
  }
  /** A click is no wish to read cell by cell: the arrow keys stay with the walk. Whoever comes by Tab gets them here. */
  const unfocused = (event: MouseEvent) => {
    if (event.target === box) return // its scrollbars
    event.preventDefault()
    box.closest<HTMLElement>("[data-glassformer]")?.focus({ preventScroll: true })
  }
  const wheeled = (event: WheelEvent) => {
    if (!event.ctrlKey) return
    event.preventDefault()
    zoom(Math.exp(-event.deltaY / 300), ...at(event))
  }

  return listening(box, {
    pointerdown: down,
    mousedown: unfocused,
    pointermove: moved,
    pointerup: up,
    pointercancel: up,
    pointerleave: left,
    click: clicked,
    wheel: wheeled,
  })
}

type Listeners = { [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void }

/** Returns how to stop. Not passive, since ctrl+wheel zooms the picture and not the page. */
function listening(box: HTMLElement, listeners: Listeners): () => void {
  const stop = new AbortController()
  for (const [name, listener] of Object.entries(listeners)) {
    box.addEventListener(name, listener as EventListener, { passive: false, signal: stop.signal })
  }
  return () => stop.abort()
}

function scrollable(box: HTMLElement): boolean {
  return box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1
}
