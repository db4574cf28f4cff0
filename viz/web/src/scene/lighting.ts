/** Lights what a person looks at, and sets aside the rest. */
import { NOTHING } from "./clear"
import type { Gaze } from "./gaze"
import type { Light } from "./light"
import { glides } from "./merge"
import type { Network } from "./network"
import type { Space } from "./space"
import type { Beat } from "./sweep"

export interface Mood {
  /** What is not lit stands aside. */
  aside: boolean
  /** The step keeps quiet for a moment: no arrows, no lines. */
  hushed: boolean
}

export function lightUp(space: Space, gaze: Gaze, network: Network, beat: Beat, found: Light | null, { aside, hushed }: Mood): void {
  const step = gaze.step(network)
  const named = gaze.named === null ? undefined : network.block(gaze.named)
  if (named) found?.states.set(named.name, 4)
  space.setStates(found?.states ?? new Map(), aside ? 0 : 1)
  space.ribbons.light(step?.current.name ?? null, aside)
  space.setMarks(found?.marks ?? new Map(), beat.flash)
  space.setClear(step ? gaze.clear(network, step) : NOTHING)
  space.setGlides(step && !hushed ? glides(step, beat) : [])
}
