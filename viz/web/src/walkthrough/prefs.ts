/** What a person chose once and for all, kept in this browser where it allows that. */
const PREFIX = "glassformer."

export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key)
  } catch {
    // Storage can be forbidden. Then every visit begins with the usual choice.
    return null
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + key, value)
  } catch {
    // Forbidden or full: the choice holds for this visit.
  }
}
