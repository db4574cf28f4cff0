/** Forward: which cells are computed from this one. Asked for on request, and from then on for every cell. */
import { useState } from "preact/hooks"
import type { Source } from "../data"
import { useFetched } from "../fetched"
import { memo } from "../memo"
import { remember, remembered } from "../prefs"
import type { Reader } from "../types"
import type { Say } from "../ui"
import type { CellRef } from "../view"
import type { Walk } from "../walk"
import { cellName } from "./cell"

interface Props {
  cell: CellRef
  source: Source
  walk: Walk
  say: Say
}

export const Readers = memo(({ cell, source, walk, say }: Props) => {
  const [open, setOpen] = useState(() => remembered("readers") === "open")
  const { value, error, retry } = useFetched(
    open ? cellName(cell) : null,
    () => source.peekReaders(cell.name, cell.index),
    (signal) => source.readers(cell.name, cell.index, signal),
  )
  const into = (example: CellRef) => walk.dispatch({ do: "into", from: cell, cell: example })
  const toggle = () => {
    remember("readers", open ? "closed" : "open")
    setOpen(!open)
  }
  return (
    <div class="readers">
      <button type="button" class="fold" aria-expanded={open} onClick={toggle}>
        {say("readers")}
      </button>
      {open && !value && !error && <p class="quiet">{say("loading")}</p>}
      {error && (
        <p role="alert" class="problem">
          {say("problem", { words: error })}{" "}
          <button type="button" class="link" onClick={retry}>
            {say("retry")}
          </button>
        </p>
      )}
      {open && value?.length === 0 && <p class="quiet">{say("no_readers")}</p>}
      {open && value && value.length > 0 && (
        <ul>
          {value.map((reader) => (
            <li key={reader.name}>
              <button
                type="button"
                class="source"
                title={reader.title}
                onClick={() => into({ name: reader.name, index: reader.example })}
              >
                {reader.name}
                <small>[{reader.ranges.map(span).join(", ")}]</small>
              </button>{" "}
              <span class="quiet">{say("cells_n", { n: reader.count })}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
})

function span([first, last]: Reader["ranges"][number]): string {
  return first === last ? String(first) : `${first}–${last}`
}
