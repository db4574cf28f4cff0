/** Questions about a manifest: which step shows what, which axes a stage has, whether a cell exists. */
import type { ChapterInfo, Index, Manifest, Paragraph, StageInfo, Step } from "./types"

/** Axes along which a row is a token of the current side. */
export const TOKEN_AXES: readonly string[] = ["position", "query"]
export const HEAD_AXES: readonly string[] = ["head", "kv_head"]

/** Looked up often, so each manifest is indexed once. */
const indexes = new WeakMap<Manifest, Map<string, number>>()

function index(manifest: Manifest): Map<string, number> {
  let found = indexes.get(manifest)
  if (!found) {
    found = new Map(manifest.stages.map((stage, place) => [stage.name, place]))
    indexes.set(manifest, found)
  }
  return found
}

export function stageNamed(manifest: Manifest, name: string): StageInfo | undefined {
  return manifest.stages[index(manifest).get(name) ?? -1]
}

/** The name of the tensor itself: a stage may be the very tensor of another. */
export function canonical(manifest: Manifest, name: string): string {
  const same = stageNamed(manifest, name)?.same_as
  return same === undefined ? name : canonical(manifest, same)
}

/** Axes of a stage or of a weight. */
export function axesOf(manifest: Manifest, name: string): string[] {
  const weight = Object.hasOwn(manifest.weights, name) ? manifest.weights[name] : undefined
  return (stageNamed(manifest, name) ?? weight)?.axes ?? []
}

/** The step that shows a stage, or -1. */
export function stepOf(manifest: Manifest, name: string, show: Step["show"] = "stage"): number {
  const stage = index(manifest).get(name)
  if (stage === undefined) return -1
  const wanted = manifest.steps.findIndex((step) => step.stage === stage && step.show === show)
  return wanted >= 0 ? wanted : manifest.steps.findIndex((step) => step.stage === stage)
}

/** A part that brings an axis of its own need not have words for it. */
export function axisName(manifest: Manifest, axis: string): string {
  return manifest.axes[axis]?.name ?? axis
}

/** The first of `axes` that a stage has, or -1. */
export function axisIndex(stage: StageInfo, axes: readonly string[]): number {
  return stage.axes.findIndex((axis) => axes.includes(axis))
}

export function sizeAlong(stage: StageInfo, axes: readonly string[]): number {
  return stage.shape[axisIndex(stage, axes)] ?? 0
}

/** Whether a stage is in the block of another, or in block `layer` of the same stack. */
export function inLayer(stage: StageInfo, of: StageInfo, layer = of.layer): boolean {
  return stage.side === of.side && stage.layer === layer
}

/** A chapter's text serves every block: its links are made to name the tensors of the block that one is in. */
export function placed(paragraphs: readonly Paragraph[], chapter: ChapterInfo): Paragraph[] {
  const side = chapter.side && `${chapter.side}.`
  const full = (ref: string) => ref.replace("{side}", side).replace("{layer}", String(chapter.layer ?? ""))
  return paragraphs.map((one) =>
    one.map((segment) => (segment.ref === undefined ? segment : { ...segment, ref: full(segment.ref) })),
  )
}

/** The layers in which a stage exists, in order; empty outside of blocks. */
export function layersOf(manifest: Manifest, stage: StageInfo): number[] {
  if (stage.layer === undefined) return []
  const pattern = withoutLayer(stage.name)
  const found = manifest.stages.filter((other) => other.layer !== undefined && withoutLayer(other.name) === pattern)
  return found.map((other) => other.layer!).sort((a, b) => a - b)
}

/** "decoder.blocks.3.attn.q" -> "decoder.blocks.*.attn.q" */
export function withoutLayer(name: string): string {
  return name.replace(/(^|\.)blocks\.\d+\./, "$1blocks.*.")
}

/** Whether there is such a cell, in a stage or in a weight. */
export function fits(manifest: Manifest, cell: { name: string; index: Index }): boolean {
  const weights = Object.hasOwn(manifest.weights, cell.name) ? manifest.weights[cell.name] : undefined
  const shape = (stageNamed(manifest, cell.name) ?? weights)?.shape
  if (!shape || shape.length !== cell.index.length) return false
  return cell.index.every((place, axis) => Number.isInteger(place) && place >= 0 && place < shape[axis]!)
}
