/** What the source holds already, or will hold soon. */
import { useCallback, useEffect, useState } from "preact/hooks"
import { isAbort } from "./data"

export interface Fetched<T> {
  value: T | undefined
  error: string | undefined
  retry: () => void
}

interface Answer<T> {
  key: string
  value?: T
  error?: string
}

/** `key` names what is asked for; null asks for nothing. `delay`: milliseconds to wait, for what may pass quickly. */
export function useFetched<T>(
  key: string | null,
  peek: () => T | undefined | null,
  ask: (signal: AbortSignal) => Promise<T>,
  delay = 0,
): Fetched<T> {
  const [answer, setAnswer] = useState<Answer<T> | null>(null)
  const [attempt, setAttempt] = useState(0)
  const held = key === null ? undefined : (peek() ?? undefined)
  const missing = key !== null && held === undefined
  useEffect(() => {
    if (!missing) return
    const stop = new AbortController()
    const start = () =>
      ask(stop.signal).then(
        (value) => setAnswer({ key, value }),
        (error: unknown) => {
          if (!isAbort(error)) setAnswer({ key, error: error instanceof Error ? error.message : String(error) })
        },
      )
    const timer = delay ? setTimeout(start, delay) : void start()
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [key, missing, attempt])
  const retry = useCallback(() => {
    setAnswer(null)
    setAttempt((count) => count + 1)
  }, [])
  const mine = answer?.key === key ? answer : null
  return { value: held ?? mine?.value, error: held === undefined ? mine?.error : undefined, retry }
}
