/** How a patch of the picture is drawn: a window onto the whole picture, so that there is one image and no copies. */
import type { Patches } from "./types"

/** CSS of the patch that a token stands for; null for tokens that show nothing. */
export function patchStyle(patches: Patches, token: number): Record<string, string> | null {
  const place = token - patches.first
  if (place < 0 || place >= patches.rows * patches.columns) return null
  const row = Math.floor(place / patches.columns)
  const column = place % patches.columns
  return {
    backgroundImage: `url("${patches.picture}")`,
    backgroundSize: `${patches.columns * 100}% ${patches.rows * 100}%`,
    backgroundPosition: `${share(column, patches.columns)} ${share(row, patches.rows)}`,
    aspectRatio: patches.shape.join(" / "),
  }
}

/** CSS counts from the first place to the last. */
function share(place: number, count: number): string {
  return count > 1 ? `${(100 * place) / (count - 1)}%` : "0"
}
