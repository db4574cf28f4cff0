/** A value that changes often and is read in few places, such as the cell under the pointer: only those draw again. */
import { useLayoutEffect, useReducer, useRef } from "preact/hooks"

export class Signal<T> {
  private readonly listeners = new Set<() => void>()

  constructor(private current: T) {}

  get value(): T {
    return this.current
  }

  set value(next: T) {
    if (Object.is(next, this.current)) return
    this.current = next
    for (const listener of [...this.listeners]) listener()
  }

  /** Returns how to stop. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

export function useSignal<T>(signal: Signal<T>): T {
  return useSelected(signal, (value) => value)
}

/** Draws again only when what `select` makes of the value changes. */
export function useSelected<T, Part>(signal: Signal<T>, select: (value: T) => Part): Part {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const latest = useRef(select)
  const shown = useRef<Part>()
  latest.current = select
  shown.current = select(signal.value)
  useLayoutEffect(() => {
    const check = () => {
      if (!Object.is(latest.current(signal.value), shown.current)) redraw(undefined)
    }
    // It may have changed between drawing and now.
    check()
    return signal.listen(check)
  }, [signal])
  return shown.current
}
