/** The model as its chapters draw it: stacks of blocks for the map, a line of segments for the rail. */
import type { ChapterInfo, Manifest } from "./types"

/** Chapters that belong together: a block, or what comes around the blocks. Numbers are places in `chapters`. */
export interface Part {
  side: ChapterInfo["side"]
  layer: number | undefined
  chapters: number[]
}

export interface Column {
  side: ChapterInfo["side"]
  parts: Part[]
}

/** Runs of chapters in one block, or outside of blocks, in the order computed. */
export function parts(manifest: Manifest): Part[] {
  const found: Part[] = []
  manifest.chapters.forEach(({ side, layer }, chapter) => {
    const last = found.at(-1)
    const home = sideOf(manifest, side)
    if (last && last.side === home && last.layer === layer) last.chapters.push(chapter)
    else found.push({ side: home, layer, chapters: [chapter] })
  })
  return found
}

/** One column a stack. What belongs to no stack, such as the look at predictions, comes after the last one. */
export function columns(manifest: Manifest): Column[] {
  const all = parts(manifest)
  return manifest.sides.map(({ name }) => {
    const own: Part[] = []
    for (const part of all.filter((one) => one.side === name)) {
      const last = own.at(-1)
      // The other stack may have been computed in between.
      if (last && last.layer === part.layer) last.chapters.push(...part.chapters)
      else own.push({ ...part, chapters: [...part.chapters] })
    }
    return { side: name, parts: own }
  })
}

function sideOf(manifest: Manifest, side: ChapterInfo["side"]): ChapterInfo["side"] {
  return manifest.sides.some(({ name }) => name === side) ? side : manifest.sides.at(-1)!.name
}

export interface RailSegment {
  chapter: number
  /** Percent of the rail's width. */
  left: number
  width: number
  /** How many steps it stands for. */
  steps: number
}

export interface Rail {
  segments: RailSegment[]
  /** Middle of each step of the tour, in percent. */
  steps: Map<number, number>
  parts: (Part & { left: number; width: number })[]
}

/** Space between parts of the rail, in steps. */
const GAP = 0.8

/** `tour`: the steps to draw, all of the same width; blocks stand a little apart. */
export function rail(manifest: Manifest, tour: readonly number[]): Rail {
  const counts = new Map<number, number[]>()
  for (const step of tour) {
    const { chapter } = manifest.steps[step]!
    counts.set(chapter, [...(counts.get(chapter) ?? []), step])
  }
  const all = parts(manifest)
    .map((part) => ({ ...part, chapters: part.chapters.filter((chapter) => counts.has(chapter)) }))
    .filter(({ chapters }) => chapters.length)
  const unit = 100 / (tour.length + GAP * (all.length - 1))
  const made: Rail = { segments: [], steps: new Map(), parts: [] }
  let at = 0
  for (const part of all) {
    const left = at
    for (const chapter of part.chapters) {
      const steps = counts.get(chapter)!
      const width = steps.length * unit
      made.segments.push({ chapter, left: at, width, steps: steps.length })
      steps.forEach((step, i) => made.steps.set(step, at + (i + 0.5) * unit))
      at += width
    }
    made.parts.push({ ...part, left, width: at - left })
    at += GAP * unit
  }
  return made
}

/** The step whose middle is nearest to a place on the rail, in percent. */
export function stepAt(rail: Rail, percent: number): number {
  let found = 0
  let least = Number.POSITIVE_INFINITY
  for (const [step, middle] of rail.steps) {
    if (Math.abs(middle - percent) >= least) continue
    found = step
    least = Math.abs(middle - percent)
  }
  return found
}

/** The place of a chapter in the model, as a colour: that of its first stage. */
export function colourOf(manifest: Manifest, chapter: number): string {
  const step = manifest.steps[manifest.chapters[chapter]!.first]!
  return `var(--gf-place-${manifest.stages[step.stage]!.place})`
}
