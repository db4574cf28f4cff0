/** What the next steps will say, asked for while this one is read. Their numbers are the picture's to fetch. */
import { useEffect } from "preact/hooks"
import { choiceAhead } from "./choice"
import type { Source } from "./data"
import { typesetAhead } from "./maths"
import { TERMS } from "./panes/cell"
import type { Manifest } from "./types"
import { around, stageNow, type View } from "./view"

/** Milliseconds: what this step needs goes first, and who hurries on asks for nothing in passing. */
export const AFTER = 60

export function usePrefetch(manifest: Manifest, source: Source, view: View): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      // What fails here is asked for again, and told, when it is needed.
      for (const step of around(view, manifest)) look(manifest, source, { ...view, step }).catch(() => {})
    }, AFTER)
    return () => clearTimeout(timer)
  }, [manifest, source, view.step, view.head, view.token, view.guesses, view.tour])
}

async function look(manifest: Manifest, source: Source, view: View): Promise<void> {
  const page = await source.page(stageNow(view, manifest).name)
  typesetAhead(page.formula)
  if (manifest.missing) return
  const cell = await choiceAhead(view, manifest, source)
  if (cell) typesetAhead((await source.explain(cell.name, cell.index, TERMS)).worked)
}
