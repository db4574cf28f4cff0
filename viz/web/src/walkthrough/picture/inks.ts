/** The colours of the page that a canvas needs. Asking the browser for them costs a layout, so it is done once a theme. */
import type { Strokes } from "./marks"

export interface Theme {
  dark: boolean
  inks: Strokes
}

export function inksOf(element: Element, dark: boolean): Strokes {
  const style = getComputedStyle(element)
  const value = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise
  return {
    ink: style.color || (dark ? "#fff" : "#111"),
    page: value("--st-background-color", dark ? "#0e1117" : "#ffffff"),
    lit: dark ? "#5ee06a" : "#0a7a1f",
    pin: value("--gf-pin", "#e0218a"),
  }
}

/** The same object where nothing has changed. */
export function themed(before: Theme | null, dark: boolean, inks: Strokes): Theme {
  const same = before?.dark === dark && JSON.stringify(before.inks) === JSON.stringify(inks)
  return same ? before : { dark, inks }
}
