/** Every stage by how much it differs between two passes. */
import { useMemo, useState } from "preact/hooks"
import { parsed, short } from "../../format"
import { memo } from "../memo"
import type { Changes } from "../compared"
import type { JsonNumber, Manifest } from "../types"
import type { Say } from "../ui"
import type { Walk } from "../walk"

export type By = "order" | "most" | "relative"
type Row = Changes["stages"][number]

/** Rows shown at once. */
const MANY = 60
const BYS: readonly By[] = ["order", "most", "relative"]

export const ChangesTable = memo(
  ({ changes, manifest, walk, now, say }: { changes: Changes; manifest: Manifest; walk: Walk; now: string; say: Say }) => {
    const [by, setBy] = useState<By>("most")
    const [all, setAll] = useState(false)
    const rows = useMemo(() => sorted(changes.stages, by), [changes, by])
    const titles = useMemo(() => new Map(manifest.stages.map(({ name, title }) => [name, title])), [manifest])
    const most = Math.max(...rows.map(({ relative }) => size(relative)).filter(Number.isFinite), 1e-30)
    return (
      <div class="scroll" data-scrolls tabIndex={0} role="group" aria-label={say("compare_stages")}>
        <table class="changes">
          <thead>
            <tr>
              {BYS.map((one) => (
                <th key={one} scope="col" aria-sort={one === by ? (one === "order" ? "ascending" : "descending") : "none"}>
                  <button type="button" class="link" onClick={() => setBy(one)}>
                    {say(`compare_by_${one}`)}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, all ? undefined : MANY).map(({ name, most: largest, relative, at }) => (
              <tr key={name} data-change={name} data-most={String(largest)} aria-current={name === now ? "true" : undefined} data-same={largest === 0}>
                <th scope="row">
                  <button type="button" class="link" onClick={() => walk.dispatch({ do: "stage", name, ...(at ? { index: at } : {}) })}>
                    {titles.get(name) ?? name} <code>{name}</code>
                  </button>
                </th>
                {largest === null ? (
                  <td colSpan={2}>{say("compare_none")}</td>
                ) : (
                  <>
                    <td>{read(largest)}</td>
                    <td>
                      <i class="share" style={{ "--share": Math.min(size(relative) / most, 1) }} />
                      {relative === null ? "" : read(relative)}
                    </td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
        {!all && rows.length > MANY && (
          <button type="button" class="link" onClick={() => setAll(true)}>
            {say("more_terms", { n: rows.length - MANY, total: rows.length })}
          </button>
        )}
      </div>
    )
  },
)

/** In the order computed, or the largest first; of equal ones the one computed first. What has no counterpart comes last. */
export function sorted(rows: readonly Row[], by: By): Row[] {
  if (by === "order") return [...rows]
  return [...rows].sort((a, b) => size(b[by]) - size(a[by]) || 0)
}

function size(value: JsonNumber | null): number {
  if (value === null) return -1
  return typeof value === "number" ? value : Number.MAX_VALUE
}

function read(value: JsonNumber): string {
  return short(parsed(value))
}
