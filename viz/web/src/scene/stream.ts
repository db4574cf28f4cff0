/** Faces of blocks on their way to the browser: what is looked at first, then what is near, a batch at a time. */
import { isAbort } from "../walkthrough/data"
import { distance } from "./lod"
import { boundsOf } from "./slabs"
import type { Face, SceneBlock, Vec3 } from "./types"

const BATCH = 24
/** Up to so many cells in all, every cell of a block travels; of larger models patches do. */
const WHOLE = 600_000
const FINE = 256
const ROUGH = 48

/** Where faces come from: the routes of a trace, a file, a difference of two traces. */
export type AskFaces = (names: readonly string[], most: number, stop: AbortSignal) => Promise<Face[]>

export interface StreamEvents {
  onFace: (face: Face) => void
  onProblem: (words: string) => void
  /** Between batches: comes back when there is time for the next. */
  calm?: () => Promise<void>
  /** Where the eye looks, and the blocks that are wanted before all others. */
  now: () => { target: Vec3; first: ReadonlySet<string> }
}

export class Stream {
  readonly faces = new Map<string, Face>()
  private stop = new AbortController()

  constructor(
    private readonly ask: AskFaces,
    private readonly events: StreamEvents,
  ) {}

  /** Whether a patch of a block stands for more than one cell, and what its strongest colour stands for. */
  coarse(name: string): { bins: boolean; most: number; signed: boolean } | null {
    const face = this.faces.get(name)
    return face ? { bins: face.bins[0] * face.bins[1] > 1, most: face.most, signed: face.kind === "signed" } : null
  }

  /** The faces of a few blocks from elsewhere, as fine as `start` would bring them. */
  async some(blocks: readonly SceneBlock[], all: readonly SceneBlock[], ask: AskFaces): Promise<Face[]> {
    return blocks.length ? ask(blocks.map(({ name }) => name), finest(all), this.stop.signal) : []
  }

  put(face: Face): void {
    this.faces.set(face.name, face)
    this.events.onFace(face)
  }

  /** Asks for the faces of these blocks, one batch after the other; what was still awaited is given up. `all`: those that there are. */
  async start(blocks: readonly SceneBlock[], all = blocks): Promise<void> {
    this.stop.abort()
    const stop = (this.stop = new AbortController())
    const most = finest(all)
    const queue = [...blocks]
    while (queue.length && !stop.signal.aborted) {
      const { target, first } = this.events.now()
      const near = new Map(queue.map((block) => [block, distance(target, boundsOf(block))]))
      queue.sort((a, b) => Number(first.has(b.name)) - Number(first.has(a.name)) || near.get(a)! - near.get(b)!)
      // What is looked at does not wait for what is only near.
      const looked = queue.filter(({ name }) => first.has(name)).length
      const names = queue.splice(0, Math.min(looked || BATCH, BATCH)).map(({ name }) => name)
      try {
        for (const face of await this.ask(names, most, stop.signal)) this.put(face)
      } catch (error) {
        if (!isAbort(error)) this.events.onProblem(error instanceof Error ? error.message : String(error))
        return
      }
      await this.events.calm?.()
    }
  }

  dispose(): void {
    this.stop.abort()
  }
}

/** Patches along a side of a face: fine where a network is small. */
function finest(blocks: readonly SceneBlock[]): number {
  const cells = blocks.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
  return cells <= WHOLE ? FINE : ROUGH
}
