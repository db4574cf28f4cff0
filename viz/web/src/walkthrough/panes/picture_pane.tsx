/** The picture, with the cells lit that the pinned one is made of, or the one that is pointed at. */
import { useCallback, useEffect, useMemo, useState } from "preact/hooks"
import { isDark, onThemeChange } from "../../theme"
import type { Source } from "../data"
import { memo } from "../memo"
import { inksOf, type Theme, themed } from "../picture/inks"
import { Picture } from "../picture/picture"
import { stageNamed } from "../places"
import { useSignal } from "../signal"
import type { Manifest } from "../types"
import type { CellRef, View } from "../view"
import type { Walk } from "../walk"
import { useExplanation } from "./cell"
import { REST } from "./peek"

interface Props {
  manifest: Manifest
  source: Source
  walk: Walk
  /** With the cell that was chosen for the person as its pin, where there is no other. */
  view: View
  root: { current: HTMLElement | null }
  onReady: () => void
}

const NOTHING: CellRef[] = []

export const PicturePane = memo(({ manifest, source, walk, view, root, onReady }: Props) => {
  const peek = useSignal(walk.peek)
  const litName = useSignal(walk.lit)
  const peeked = useExplanation(source, manifest, stageOnly(manifest, peek), REST)
  const pinned = useExplanation(source, manifest, stageOnly(manifest, view.pin))
  const explanation = (peek && peeked.value) || pinned.value
  const lit = useMemo(
    () => explanation?.terms.flatMap(({ sources }) => sources.map(({ name, index }) => ({ name, index }))) ?? NOTHING,
    [explanation],
  )
  const pin = useCallback((cell: CellRef) => void walk.dispatch({ do: "pin", cell }), [walk])
  const token = useCallback((place: number | null) => void walk.dispatch({ do: "token", token: place }), [walk])
  const head = useCallback((place: number | null) => void walk.dispatch({ do: "head", head: place }), [walk])
  const range = useCallback((which: View["range"]) => void walk.dispatch({ do: "range", range: which }), [walk])
  return (
    <Picture
      manifest={manifest}
      source={source}
      view={view}
      theme={useTheme(root)}
      lit={lit}
      litName={litName}
      peek={peek}
      onPeek={walk.point}
      onPin={pin}
      onToken={token}
      onHead={head}
      onRange={range}
      onReady={onReady}
      ui={manifest.ui}
    />
  )
})

function stageOnly(manifest: Manifest, cell: CellRef | null): CellRef | null {
  return cell && stageNamed(manifest, cell.name) ? cell : null
}

/** The page's colours, read anew only when they change. */
function useTheme(root: { current: HTMLElement | null }): Theme {
  const read = (before: Theme | null) => {
    const element = root.current ?? document.documentElement
    const dark = isDark(element)
    return themed(before, dark, inksOf(element, dark))
  }
  const [theme, setTheme] = useState(() => read(null))
  useEffect(() => {
    const look = () => setTheme(read)
    look()
    return onThemeChange(root.current!, look)
  }, [root])
  return theme
}
