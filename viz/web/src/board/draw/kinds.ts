/** Which code draws which kind. */
import type { Panel, Picture } from "../types"
import { arrows } from "./arrows"
import { clocks } from "./clocks"
import { graph } from "./graph"
import type { Kind } from "./kind"
import { lines } from "./lines"
import { matrix } from "./matrix"

const KINDS = { matrix, lines, clocks, arrows, graph }

export function kindOf(panel: Picture): Kind<Picture> {
  return KINDS[panel.kind] as Kind<Picture>
}

export function isPicture(panel: Panel): panel is Picture {
  return panel.kind in KINDS
}
