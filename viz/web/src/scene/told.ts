/** What the theatre tells the pane. */
import type { Progress } from "./order"
import type { Beat } from "./sweep"

export interface Told {
  onReady: () => void
  onProblem: (words: string) => void
  /** The graphics card has taken its memory back, or has given it again. */
  onLost: (lost: boolean) => void
  onBeat: (beat: Beat, playing: boolean) => void
  /** A person went on or back by cells or rows. */
  onStep: (progress: Progress) => void
}
