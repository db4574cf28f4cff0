/** The scene of an input that may grow: what is seen stays where it is, the new rows come, what is cached is framed. */
import { isDifference } from "../walkthrough/compare"
import type { Source } from "../walkthrough/data"
import type { Manifest, StageInfo } from "../walkthrough/types"
import { following } from "./following"
import { moved, type News } from "./growth"
import { Herald } from "./herald"
import type { Light } from "./light"
import { Network } from "./network"
import { Theatre } from "./theatre"

export class GrowingTheatre extends Theatre {
  readonly herald = new Herald(this.still, () => this.light())

  /**
   * The same model on an input with more or fewer tokens at its end. What is seen stays until the new numbers are
   * here; then the blocks have their new size, and the eye looks at the same block from the same side.
   */
  async take(manifest: Manifest, source: Source): Promise<void> {
    if (this.source === source) return
    this.manifest = manifest
    this.source = source
    const before = this.network
    if (!before) return
    // The same pass, told of anew.
    if (before.manifest.trace === manifest.trace) this.network = new Network(manifest, before.info)
    if (this.network !== before) return
    try {
      const seen = [...this.looked(), ...this.space.drawnNow.map(({ block }) => block)].map(({ name }) => name)
      const { network, faces } = await following(manifest, source, this.stream, seen, this.stop.signal)
      if (this.source !== source) return
      this.swap(before, network)
      for (const face of faces) this.stream.put(face)
      void this.stream.start(network.withNumbers.filter(({ name }) => !this.stream.faces.has(name)), network.withNumbers)
    } catch (error) {
      this.fail(error)
    }
  }

  /** A token has come, or what it left unchanged is known. */
  tell(news: News | null): void {
    this.herald.tell(news, this.shows())
  }

  override show(stage: StageInfo): void {
    if (this.gaze.stage?.name !== stage.name) this.herald.end()
    super.show(stage)
  }

  override dispose(): void {
    this.herald.dispose()
    super.dispose()
  }

  protected override glow(network: Network, usual: Light | null): Light | null {
    // What is cached is told of one pass; of a difference there is nothing to keep.
    return this.shows() && !isDifference(this.manifest) ? this.herald.light(network.blocks, usual) : usual
  }

  /** Whether the blocks are those of the input that is told of. */
  private shows(): boolean {
    return this.network?.manifest === this.manifest
  }

  protected override get hushed(): boolean {
    return this.herald.speaks
  }

  private swap(before: Network, network: Network): void {
    const by = this.gaze.stage ? moved(before.block(this.gaze.stage.name), network.block(this.gaze.stage.name)) : null
    this.network = network
    this.from = this.source
    this.stream.faces.clear()
    this.space.boxes.clear()
    this.exact.turn(this.source)
    this.setBlocks()
    this.space.ribbons.set(network.flows())
    if (by) {
      this.space.camera.shift(by)
      this.shots.shift(by)
    }
    if (this.wish) void this.setBeside(this.wish, false).catch((error) => this.fail(error))
    this.finish()
    this.herald.begin()
    this.light()
  }
}
