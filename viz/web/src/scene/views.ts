/** Which part of space the camera is sent to, for what a person looks at. */
import { focusOf, isWindowed, openingOf, wholeOf, within } from "./focus"
import type { Gaze } from "./gaze"
import { merges } from "./merge"
import type { Network } from "./network"
import type { Shots } from "./shots"
import { boundsOf, cellBounds } from "./slabs"
import type { SceneBlock } from "./types"

/** The step: the block that is computed, and about the kept cell. A scene opens with more, the input and what follows. */
export function goTo(shots: Shots, gaze: Gaze, network: Network, jump: boolean): void {
  const step = gaze.step(network)
  if (!step) return
  const { stage, current, inputs } = step
  if (jump && stage.op === "input" && inputs.length === 0) shots.show("opening", openingOf(current, network.blocks), jump)
  else shots.show("step", focusOf(current, inputs, merges(step), gaze.place(network, step)), jump)
}

export function showAll(shots: Shots, blocks: readonly SceneBlock[], jump: boolean): void {
  if (blocks.length) shots.show("all", wholeOf(blocks), jump)
}

export function showBlock(shots: Shots, block: SceneBlock | undefined): void {
  if (block) shots.show("block", boundsOf(block))
}

/** Where a part of the step is framed, by nobody's hand, and the kept cell or the chosen head lies outside: goes there. */
export function follow(shots: Shots, gaze: Gaze, network: Network): void {
  const step = gaze.step(network)
  const place = step && gaze.place(network, step)
  if (!place || !isWindowed(step.current) || !shots.step) return
  if (!within(cellBounds(step.current, place), shots.step)) goTo(shots, gaze, network, false)
}
