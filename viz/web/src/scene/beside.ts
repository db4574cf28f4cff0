/** What a person has set beside the network: a layout to scale or the other pass, which stays true when the side changes. */
import { useEffect, useState } from "preact/hooks"
import type { Comparing } from "../walkthrough/compare"
import { isAbort } from "../walkthrough/data"
import type { Say } from "../walkthrough/ui"
import type { View } from "../walkthrough/view"
import { OTHER } from "./difference"
import type { Theatre } from "./theatre"

export interface Beside {
  /** Networks that can be set beside, by their keys, and the one that is. */
  layouts: Record<string, string>
  layout: string
  title: string
  /** Of a layout: what it spends where, and how many parameters the network has that it stands beside. */
  spent: { parts: Record<string, number>; own: number } | null
  choose: (key: string) => void
  /** Another theatre has come, with these layouts. */
  begin: (layouts: Record<string, string>) => void
}

export function useBeside(
  theatre: { current: Theatre | null },
  view: View,
  compared: Comparing | null,
  say: Say,
  onProblem: (words: string) => void,
): Beside {
  const [layouts, setLayouts] = useState<Record<string, string>>({})
  const [layout, setLayout] = useState("")
  const [spent, setSpent] = useState<Beside["spent"]>(null)

  const set = async (key: string, fly: boolean) => {
    setLayout(key)
    setSpent(null)
    const side = view.which === "other" ? "this" : "other"
    const other = key === OTHER && compared ? compared.sides[side] : null
    const title = other ? `${other.manifest.model.title} · ${say(`compare_${side}`)}` : ""
    try {
      const info = await theatre.current?.setBeside(key ? { key, other, title } : null, fly)
      if (info !== undefined) setSpent(info?.parameters ? { parts: info.parameters, own: theatre.current?.network?.parameters ?? 0 } : null)
    } catch (error) {
      if (!isAbort(error)) onProblem(error instanceof Error ? error.message : String(error))
    }
  }
  useEffect(() => {
    if (layout === OTHER) void set(compared ? OTHER : "", false)
  }, [compared, view.which])

  return {
    layouts: compared ? { [OTHER]: say("compare_beside"), ...layouts } : layouts,
    // The other pass is gone before what it was chosen for is.
    layout: layout === OTHER && !compared ? "" : layout,
    title: layouts[layout] ?? layout,
    spent,
    choose: (key) => void set(key, true),
    begin: (found) => {
      setLayouts(found)
      // What a person chose goes on standing there; where hardly anything has a counterpart, both are there to be looked at.
      const stays = layout === OTHER ? compared !== null : layout in found
      const apart = compared?.told.alike === false
      if (stays || apart) return void set(stays ? layout : OTHER, !stays)
      setLayout("")
      setSpent(null)
    },
  }
}

/** What is shown of two passes that are compared; nothing where there is but one. */
export function passOf(which: View["which"], compared: Comparing | null, say: Say): string {
  if (!compared || !which) return ""
  const said = say(`compare_${which}`)
  return which === "this" ? said : `${said}: ${compared.told.title}`
}
