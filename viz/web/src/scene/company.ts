/** What stands beside: a network to scale without numbers, or that of another pass with its own, from its own source. */
import type { Side } from "../walkthrough/compare"
import type { Source } from "../walkthrough/data"
import type { Painted } from "./instances"
import { besides, Network } from "./network"
import { boundsOf } from "./slabs"
import type { Space } from "./space"
import { Stream } from "./stream"
import type { SceneBlock, SceneInfo, Vec3 } from "./types"

/** A layout by its key, or the network of another pass under that key, and what it is called. */
export interface Wish {
  key: string
  other: Side | null
  title: string
}

export class Company {
  /** Under names of their own. */
  blocks: SceneBlock[] = []
  kinds: ReadonlyMap<string, Painted> = new Map()
  private title = ""
  private over: { own: readonly SceneBlock[]; points: Vec3[] } | null = null
  private stream: Stream | null = null

  private turn = 0

  /** `source`: the one that knows the layouts by now. */
  constructor(
    private readonly source: () => Source,
    private readonly space: Space,
    private readonly onProblem: (words: string) => void,
  ) {}

  /** What is wished for, moved aside, or nothing. Undefined where another wish has come meanwhile. */
  async set(wish: Wish | null, by: Vec3, stop: AbortSignal): Promise<SceneInfo | null | undefined> {
    const turn = ++this.turn
    const source = wish?.other?.source ?? this.source()
    const info = wish ? await source.scene(wish.other ? undefined : wish.key, stop) : null
    if (turn !== this.turn) return undefined
    this.leave()
    this.blocks = besides(info?.blocks ?? [], wish?.key ?? "", by)
    this.title = info?.title ?? wish?.title ?? ""
    if (wish?.other && info) this.fill(new Network(wish.other.manifest, info), source)
    return info
  }

  /** What this network and the one beside it are called, each over its highest block; nothing where none is beside. */
  names(own: string, blocks: readonly SceneBlock[]): { title: string; at: Vec3 }[] {
    if (!this.blocks.length || !blocks.length) return []
    // Every frame asks, of thousands of blocks.
    if (this.over?.own !== blocks) this.over = { own: blocks, points: [blocks, this.blocks].map(pointOver) }
    return this.over.points.map((at, place) => ({ title: place ? this.title : own, at }))
  }

  leave(): void {
    this.stream?.dispose()
    this.stream = null
    this.blocks = []
    this.over = null
    this.kinds = new Map()
  }

  private fill(network: Network, source: Source): void {
    const there = new Map(this.blocks.map(({ name }, i) => [name, network.blocks[i]!.name]))
    const here = new Map([...there].map(([ours, theirs]) => [theirs, ours]))
    const kinds = network.kinds()
    this.kinds = new Map([...there].map(([ours, theirs]) => [ours, kinds.get(theirs)!]))
    this.stream = new Stream((names, most, stop) => source.faces(names.map((name) => there.get(name)!), most, stop), {
      onFace: (face) => this.space.setFace({ ...face, name: here.get(face.name)! }),
      onProblem: this.onProblem,
      calm: () => this.space.calm(),
      now: () => ({ target: this.space.camera.pose.target, first: new Set() }),
    })
    void this.stream.start(this.blocks.filter((_, i) => network.hasNumbers(network.blocks[i]!)))
  }
}

/** Over the first of the highest: networks go down aslant, and over their middle there may be nothing. */
function pointOver(blocks: readonly SceneBlock[]): Vec3 {
  const top = Math.max(...blocks.map((block) => boundsOf(block).max[1]))
  const { min, max } = boundsOf(blocks.find((block) => boundsOf(block).max[1] === top)!)
  return [(min[0] + max[0]) / 2, top, (min[2] + max[2]) / 2]
}
