/** Which steps "next" leads to: all of them, or a short tour. Read off the manifest alone, so every model has one. */
import { stageNamed } from "./places"
import type { ChapterInfo, Manifest } from "./types"

export type Tour = "short" | "all"

/** More steps than this are too many to begin with. */
const MANY = 150

const known = new WeakMap<Manifest, number[]>()

/** Steps in order. */
export function stepsOf(manifest: Manifest, tour: Tour): readonly number[] {
  if (tour === "all") return manifest.steps.map((_, step) => step)
  const found = known.get(manifest) ?? short(manifest)
  known.set(manifest, found)
  return found
}

export function usualTour(manifest: Manifest): Tour {
  return manifest.steps.length > MANY ? "short" : "all"
}

/**
 * Of a chapter, the stages that other chapters read; of the blocks, the first one of each stack, and where the next
 * one begins: from there on it is the same again, with other weights.
 */
function short(manifest: Manifest): number[] {
  const read = readElsewhere(manifest)
  return manifest.chapters.flatMap((chapter, number) => {
    if (!isToured(manifest, chapter, number)) return []
    const steps = Array.from({ length: chapter.last - chapter.first + 1 }, (_, i) => chapter.first + i)
    const kept = steps.filter((step) => {
      const { show, stage } = manifest.steps[step]!
      return show !== "stage" || read.has(manifest.stages[stage]!.name)
    })
    return kept.length ? kept : [chapter.last]
  })
}

function isToured({ chapters }: Manifest, { side, layer }: ChapterInfo, number: number): boolean {
  if (layer === undefined || layer === 0) return true
  const before = chapters[number - 1]
  return layer === 1 && !(before?.side === side && before.layer === layer)
}

/** Stages that a stage of another chapter reads, or is. */
function readElsewhere(manifest: Manifest): Set<string> {
  const found = new Set<string>()
  for (const { reads, same_as, chapter } of manifest.stages) {
    for (const name of same_as ? [...reads, same_as] : reads) {
      if (stageNamed(manifest, name)?.chapter !== chapter) found.add(name)
    }
  }
  return found
}

/** Where a step lies among the steps of a tour: the last one that is not after it. */
export function placeIn(steps: readonly number[], step: number): number {
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (steps[middle]! <= step) low = middle + 1
    else high = middle
  }
  return Math.max(low - 1, 0)
}

/** `by` steps on or back along a tour, also from a step that lies beside it. */
export function along(steps: readonly number[], step: number, by: number): number {
  const at = placeIn(steps, step)
  const beside = by < 0 && steps[at]! < step ? 1 : 0
  return steps[Math.min(Math.max(at + Math.trunc(by) + beside, 0), steps.length - 1)]!
}
