/** What rows and columns of the block that is computed are called: tokens, pieces of a vocabulary, labels. */
import { cut, isolated, pieceAt, tokensAlong } from "../walkthrough/picture/tokens"
import type { Manifest } from "../walkthrough/types"
import type { Camera } from "./camera"
import type { Area, Point } from "./pens"
import { type Bounds, flat } from "./slabs"
import type { SceneBlock, Vec3 } from "./types"

/** Pixels that a row or a column must have for its name, and letters of one. */
const LEAST = 10
const LETTERS = 8

/** By axis: what its places are called; null where nothing there has a name, or nobody has fetched it. */
export type Called = readonly (((place: number) => string) | null)[]

/** Every frame asks. */
const KNOWN = new WeakMap<SceneBlock, { manifest: Manifest; called: Called }>()

export function calledBy(manifest: Manifest, block: SceneBlock): Called {
  let known = KNOWN.get(block)
  if (known?.manifest !== manifest) {
    known = { manifest, called: named(manifest, block) }
    KNOWN.set(block, known)
  }
  return known.called
}

function named(manifest: Manifest, { name, axes, role }: SceneBlock): Called {
  return axes.map((axis) => {
    const tokens = tokensAlong(manifest, name, axis, role === "weight")
    // Tens of thousands of columns without a name would be gone through in every frame.
    if (tokens === null || (tokens === "vocabulary" && !manifest.vocabulary)) return null
    return (place) => {
      const text = pieceAt(manifest, tokens, place, (id) => manifest.vocabulary?.[id])
      return text === "" ? "" : isolated(cut(text, LETTERS))
    }
  })
}

/** A name as it is written on the canvas: its left end, and the middle of its line. */
export interface Word extends Point {
  text: string
  axis: number
  area: Area
}

/** The names beside the rows and under the columns of a slab, and the room they take there, in pixels. */
export function wordsOf(
  camera: Camera,
  wideOf: (text: string) => number,
  block: SceneBlock,
  { min, max }: Bounds,
  called: Called,
): { words: Word[]; beside: number; below: number } {
  const { row, col } = flat(block)
  const found: { words: Word[]; beside: number; below: number } = { words: [], beside: 0, below: 0 }
  const add = (text: string, axis: number, x: number, y: number, wide: number) =>
    found.words.push({ text, axis, x, y, area: { left: x - 1, right: x + wide + 1, top: y - 7, bottom: y + 7 } })
  const [ofRow, ofCol] = [row === null ? null : called[row]!, col === null ? null : called[col]!]
  if (row !== null && ofRow) {
    for (const { place, at } of places(camera, block.shape[row]!, (place) => [min[0], max[1] - place - 0.5, max[2]])) {
      const text = ofRow(place)
      const wide = text ? wideOf(text) : 0
      found.beside = Math.max(found.beside, wide ? wide + 8 : 0)
      if (wide) add(text, row, at.x - wide - 6, at.y, wide)
    }
  }
  if (col !== null && ofCol) {
    for (const { place, at, apart } of places(camera, block.shape[col]!, (place) => [min[0] + place + 0.5, min[1], max[2]])) {
      const text = ofCol(place)
      const wide = text ? wideOf(text) : 0
      if (!wide || wide > apart) continue
      found.below = 13
      add(text, col, at.x - wide / 2, at.y + 9, wide)
    }
  }
  return found
}

interface Found {
  place: number
  at: { x: number; y: number }
  /** Pixels to the next. */
  apart: number
}

/** Those in view, where they are far enough apart to be told from one another. */
function* places(camera: Camera, count: number, where: (place: number) => Vec3): Generator<Found> {
  const { width, height } = camera.size
  for (let place = 0; place < count; place++) {
    const [at, next] = [camera.project(where(place)), camera.project(where(place + 1))]
    if (!at || !next || at.x < 0 || at.y < 0 || at.x > width || at.y > height) continue
    const apart = Math.hypot(next.x - at.x, next.y - at.y)
    if (apart >= LEAST) yield { place, at, apart }
  }
}
