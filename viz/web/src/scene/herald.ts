/** The moment after a token has come: its clock, and what is lit during it and afterwards. */
import { growing, MOMENT, type News, WAVE, withCached } from "./growth"
import type { Light } from "./light"
import type { SceneBlock } from "./types"

export class Herald {
  private news: News | null = null
  /** The token whose moment has begun. */
  private begun: number | null = null
  private moment: ReturnType<typeof setTimeout> | undefined
  private ticking = 0
  private share = 1

  constructor(
    private readonly still: () => boolean,
    private readonly onChange: () => void,
  ) {}

  get speaks(): boolean {
    return this.moment !== undefined
  }

  /** `shown`: the blocks have their new size already. */
  tell(news: News | null, shown: boolean): void {
    this.news = news
    if (!news) this.dispose()
    if (shown) this.begin()
    this.onChange()
  }

  begin(): void {
    const first = this.news?.first ?? null
    if (first === this.begun) return
    this.begun = first
    this.dispose()
    if (first === null) return
    const wave = this.still() ? 0 : WAVE
    this.moment = setTimeout(() => this.end(), wave + MOMENT)
    const began = performance.now()
    const tick = (now: number) => {
      this.share = wave ? Math.min(Math.max((now - began) / wave, 0), 1) : 1
      this.ticking = this.share < 1 ? requestAnimationFrame(tick) : 0
      this.onChange()
    }
    tick(began)
  }

  /** The moment is over; what is cached stays framed. */
  end(): void {
    this.dispose()
    this.onChange()
  }

  /** `usual`: what is lit at this step otherwise. */
  light(blocks: readonly SceneBlock[], usual: Light | null): Light | null {
    if (!this.news) return usual
    if (this.speaks) return growing(blocks, this.news, this.share)
    return usual && withCached(usual, this.news)
  }

  dispose(): void {
    clearTimeout(this.moment)
    this.moment = undefined
    cancelAnimationFrame(this.ticking)
    this.ticking = 0
  }
}
