/** The page's colours and letters, read from its style. */
import { Color, LinearSRGBColorSpace } from "three"
import { isDark } from "../theme"
import type { Look } from "./paint"
import type { Inks } from "./pens"

/** How much ink there is in what is not to stand out, and still to be read: 4.5 to 1 and more. */
const QUIET = 0.72

export function looks(element: HTMLElement): [look: Look, inks: Inks, family: string] {
  const css = getComputedStyle(element)
  const read = (name: string, other: string) => css.getPropertyValue(name).trim() || other
  const dark = isDark(element)
  const page = read("--st-background-color", dark ? "#0e1117" : "#ffffff")
  const ink = read("--st-text-color", dark ? "#fafafa" : "#31333f")
  const accent = read("--gf-pin", "#e0218a")
  const cached = read("--gf-cached", "#0b84a5")
  const roles: [string, string, string] = [
    read("--gf-axis-d-head", "#8a63c9"),
    read("--gf-place-embedding", "#0f8a6d"),
    read("--gf-axis-d-mlp", "#a8740a"),
  ]
  const [paper, letters] = [page, ink].map((colour) => new Color().setStyle(colour, LinearSRGBColorSpace))
  const quiet = `#${paper!.lerp(letters!, QUIET).getHexString(LinearSRGBColorSpace)}`
  const look = { dark, page, ink, accent, cached, roles, stream: read("--gf-place-stream", "#b0558f") }
  return [look, { ink, page, accent, quiet }, css.fontFamily || "sans-serif"]
}
