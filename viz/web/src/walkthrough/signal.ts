/** A value that changes often and is read in few places, such as the cell under the pointer: only those draw again. */
import { useEffect, useState } from "preact/hooks"

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
  const [value, setValue] = useState(() => signal.value)
  useEffect(() => {
    setValue(() => signal.value)
    return signal.listen(() => setValue(() => signal.value))
  }, [signal])
  return value
}
