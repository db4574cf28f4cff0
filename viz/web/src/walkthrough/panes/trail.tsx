/** The cells on the way here, each a step back. */
import { memo } from "../memo"
import type { Say } from "../ui"
import type { CellRef } from "../view"
import type { Walk } from "../walk"
import { cellName, shortName } from "./cell"

interface Props {
  trail: CellRef[]
  cell: CellRef
  walk: Walk
  say: Say
}

export const Trail = memo(({ trail, cell, walk, say }: Props) => (
  <nav class="trail" aria-label={say("trail")}>
    <ol>
      {trail.map((earlier, number) => (
        <li key={number}>
          <button
            type="button"
            class="source"
            title={cellName(earlier)}
            onClick={() => walk.dispatch({ do: "back", to: number })}
          >
            {shortName(earlier.name)}
            <small>[{earlier.index.join(", ")}]</small>
          </button>
        </li>
      ))}
      <li aria-current="true">
        {shortName(cell.name)}
        <small>[{cell.index.join(", ")}]</small>
      </li>
    </ol>
  </nav>
))
