/** What is written over the blocks: words, numbers and lines, in the page's inks and letters. */
import { cut } from "../walkthrough/picture/tokens"
import type { Manifest, StageInfo } from "../walkthrough/types"
import { paintOver, type Shown } from "./overlay"
import { haloed, type Inks } from "./pens"
import { saved } from "./saved"
import { sharpness, type Space } from "./space"

/** Letters of the input that a picture to keep tells. */
const MOST = 72

export class Lettering {
  /** Of two passes that are compared, which one this is: in a word, and what it is. */
  pass = { word: "", told: "" }
  inks: Inks = { ink: "#000", page: "#fff", accent: "#e0218a", quiet: "#666" }
  private family = "sans-serif"
  private readonly context: CanvasRenderingContext2D

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.context = canvas.getContext("2d")!
  }

  look(inks: Inks, family: string): void {
    this.inks = inks
    this.family = family
  }

  resize(width: number, height: number): void {
    const ratio = sharpness()
    this.canvas.width = Math.round(width * ratio)
    this.canvas.height = Math.round(height * ratio)
  }

  write(space: Space, shown: Shown, context = this.context): void {
    paintOver(context, space, this.inks, this.family, shown)
  }

  /** A network by its title and, of two passes, which one it is. */
  called(title: string): string {
    return [title, this.pass.word].filter(Boolean).join(" · ")
  }

  /** What is shown with its words, so many pixels wide, and over it what it is. */
  picture(space: Space, width: number, shown: Shown, manifest: Manifest, stage: StageInfo): Promise<Blob> {
    const caption = captionOf(manifest, stage, this.pass.told)
    return saved(space.picture(width), (words) => {
      this.write(space, shown, words)
      words.textAlign = "left"
      caption.forEach((line, row) => {
        words.font = `${row ? 400 : 600} 13px ${this.family}`
        haloed(words, line, 10, 14 + 18 * row, this.inks.ink, this.inks.page)
      })
    })
  }
}

/** The model and the step; which pass, where two are compared; the tokens of the input, where it is a text. */
export function captionOf({ model, sides }: Manifest, { title, shape, side }: StageInfo, pass = ""): string[] {
  const read = sides.find(({ name }) => name === side) ?? sides[0]
  const input = read && !read.patches ? cut(read.pieces.join(" "), MOST) : ""
  return [`${model.title} · ${title} (${shape.join(" × ")})`, ...[pass, input].filter(Boolean)]
}
