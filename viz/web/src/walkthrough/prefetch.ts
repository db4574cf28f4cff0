/** What the next steps will need, asked for while this one is read. */
import { useEffect } from "preact/hooks"
import type { Source } from "./data"
import type { Manifest } from "./types"

/** Next two, then the one before. */
const AROUND = [1, 2, -1]

export function usePrefetch(manifest: Manifest, source: Source, step: number, head: number | null): void {
  useEffect(() => {
    const near = AROUND.flatMap((by) => manifest.steps[step + by] ?? [])
    const stages = near.map(({ stage }) => manifest.stages[stage]!)
    source.prefetch(
      [],
      stages.map(({ name }) => name),
    )
  }, [manifest, source, step, head])
}
