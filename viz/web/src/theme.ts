/** Streamlit's theme as a component sees it: CSS variables that may change at any time. */

const PROBE = "--st-background-color"

/** Is the page behind `element` dark? Asked of the browser, since Python may not know yet. */
export function isDark(element: Element): boolean {
  return isDarkColour(getComputedStyle(element).getPropertyValue(PROBE))
}

export function isDarkColour(colour: string): boolean {
  const [red, green, blue] = channels(colour.trim())
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128
}

function channels(colour: string): [number, number, number] {
  const hex = /^#([0-9a-f]{6}|[0-9a-f]{3})/i.exec(colour)?.[1]
  if (hex) {
    const pairs = hex.length === 3 ? [...hex].map((digit) => digit + digit) : hex.match(/../g)!
    return pairs.map((pair) => Number.parseInt(pair, 16)) as [number, number, number]
  }
  const parts = colour.match(/[\d.]+/g)?.map(Number) ?? []
  return parts.length >= 3 ? [parts[0]!, parts[1]!, parts[2]!] : [255, 255, 255]
}

/**
 * Calls back when the background changes. No event tells of a changed CSS variable, but a transition that depends
 * on it does: the element must have `background-color: var(--st-background-color)` with a transition (see base.css).
 */
export function onThemeChange(element: HTMLElement, callback: () => void): () => void {
  const listener = (event: TransitionEvent) => {
    if (event.target === element && event.propertyName === "background-color") callback()
  }
  element.addEventListener("transitionend", listener)
  return () => element.removeEventListener("transitionend", listener)
}
