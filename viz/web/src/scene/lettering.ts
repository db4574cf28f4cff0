/** What is written over the blocks: words, numbers and lines, in the page's inks and letters. */
import { cut } from "../walkthrough/picture/tokens"
import type { Manifest, StageInfo } from "../walkthrough/types"
import { paintOver, type Shown } from "./overlay"
import { haloed, type Inks } from "./pens"
import { saved } from "./saved"
import { sharpness, type Space } from "./space"

/** Pixels of a line of a caption, and that are left free about all of them. */
const LINE = 18
const CAPTION = 8
/** Letters of the input that a picture to keep tells. */
const MOST = 72

export class Lettering {
  /** Of two passes that are compared, which one this is: in a word, and what it is. */
  pass = { word: "", told: "" }
  inks: Inks = { ink: "#000", page: "#fff", accent: "#e0218a", quiet: "#666" }
  private family = "sans-serif"
  private readonly context: CanvasRenderingContext2D

  constructor(private readonly canvas: HTMLCanvasElement) {
    // Drawn by the processor: where there is no graphics card, so many small strokes take a third longer the other way.
    this.context = canvas.getContext("2d", { willReadFrequently: true })!
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
    return saved(width, Math.round(width / space.camera.aspect), (words) => {
      // The page's own words are not in the picture. Names are put where there is room before the scene is drawn with them.
      this.write(space, { ...shown, covered: { top: CAPTION + LINE * caption.length, bottom: 0 } }, words)
      words.textAlign = "left"
      caption.forEach((line, row) => {
        words.font = `${row ? 400 : 600} 13px ${this.family}`
        haloed(words, line, 10, 14 + LINE * row, this.inks.ink, this.inks.page)
      })
      return space.picture(width)
    })
  }
}

/** The model and the step; which pass, where two are compared; the tokens of the input, where it is a text. */
export function captionOf({ model, sides }: Manifest, { title, shape, side }: StageInfo, pass = ""): string[] {
  const read = sides.find(({ name }) => name === side) ?? sides[0]
  const input = read && !read.patches ? cut(read.pieces.join(" "), MOST) : ""
  return [`${model.title} · ${title} (${shape.join(" × ")})`, ...[pass, input].filter(Boolean)]
}
