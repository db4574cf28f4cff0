/** What things are called, in the scene and before all of it: sprites of three-spritetext, laid in pixels of the canvas. */
import { CustomBlending, LinearFilter, NoColorSpace, OneFactor, OneMinusSrcAlphaFactor, OrthographicCamera, Scene, Sprite, type WebGLRenderer } from "three"
import SpriteText from "three-spritetext"
import type { Area } from "./pens"

export interface Label {
  text: string
  /** Left end and middle of its line, in CSS pixels of the canvas. */
  x: number
  y: number
  colour: string
  bold?: boolean
  /** Stands on a plate in the page's colour, rather than with a halo of it. */
  plate?: boolean
}

/** Height of the letters in CSS pixels, and the room about them that a plate takes, or a halo: beside, above. */
const LETTERS = 12
export const BOLD = 600
const PLATE: [number, number] = [5, 3]
const HALO: [number, number] = [2, 3]
/** Width of a halo's stroke, in tenths of the letters: 3 pixels. */
const STROKE = 2.5
/** Colours come multiplied with their opacity, as a canvas keeps them, or there would be a dark rim about a halo. */
const MULTIPLIED = { blending: CustomBlending, blendSrc: OneFactor, blendDst: OneMinusSrcAlphaFactor }
/** Sprites that are kept, shown or not: what comes back into view need not be written again. */
export const MOST = 160

/** Widths that are kept: what stays in view need not be measured again. */
const MEASURED = 4000

/** What a name covers, where its letters are so wide. */
export function areaOf({ x, y, plate }: Label, wide: number): Area {
  const [beside, above] = plate ? PLATE : HALO
  return { left: x - beside, right: x + wide + beside, top: y - LETTERS / 2 - above, bottom: y + LETTERS / 2 + above }
}

export class Labels {
  private readonly scene = new Scene()
  private readonly lens = new OrthographicCamera(0, 1, 1, 0, -1, 1)
  /** By what they show, those put last at the end. */
  private readonly sprites = new Map<string, SpriteText>()
  private page = "#ffffff"
  private family = "sans-serif"
  /** Pixels drawn for one of CSS. */
  private ratio = 1
  private readonly widths = new Map<string, number>()
  private readonly measure = document.createElement("canvas").getContext("2d")!

  setLook(page: string, family: string): void {
    if (page === this.page && family === this.family) return
    Object.assign(this, { page, family })
    this.renew()
  }

  /** Forgets what was written and measured, in another look or before a font was there. */
  renew(): void {
    this.forget(0)
    this.widths.clear()
  }

  /** Pixels that letters take, in any size and weight. */
  wide(text: string, size = LETTERS, weight = 400): number {
    const key = `${weight} ${size} ${text}`
    let found = this.widths.get(key)
    if (found === undefined) {
      this.measure.font = `${weight} ${size}px ${this.family}`
      found = this.measure.measureText(text).width
      if (this.widths.size >= MEASURED) this.widths.clear()
      this.widths.set(key, found)
    }
    return found
  }

  /** Nothing is called anything, until that is put. */
  begin(): void {
    for (const sprite of this.sprites.values()) sprite.visible = false
  }

  put(label: Label): void {
    const key = JSON.stringify([label.text, label.colour, label.bold, label.plate])
    const sprite = this.sprites.get(key) ?? this.made(label)
    this.sprites.delete(key)
    this.sprites.set(key, sprite)
    const { left, top } = areaOf(label, 0)
    sprite.position.set(this.whole(left), -this.whole(top), 0) // upwards
    sprite.visible = true
  }

  /** `ratio`: pixels to be drawn for one of CSS, with letters made for as many. */
  draw(renderer: WebGLRenderer, { width, height }: { width: number; height: number }, ratio: number): void {
    this.forget(MOST)
    if (ratio !== this.ratio) {
      this.ratio = ratio
      for (const sprite of this.sprites.values()) this.write(sprite)
    }
    Object.assign(this.lens, { right: width, top: 0, bottom: -height })
    this.lens.updateProjectionMatrix()
    renderer.autoClear = false // over what is there
    renderer.render(this.scene, this.lens)
    renderer.autoClear = true
  }

  dispose(): void {
    this.forget(0)
    // All sprites of three.js have one shape, which would keep every renderer that ever drew it.
    new Sprite().geometry.dispose()
  }

  private made({ text, colour, bold, plate }: Label): SpriteText {
    const sprite = new SpriteText(text, LETTERS, colour)
    sprite.fontFace = this.family
    sprite.fontWeight = String(bold ? BOLD : 400)
    sprite.padding = plate ? PLATE : HALO
    if (plate) sprite.backgroundColor = this.page
    else Object.assign(sprite, { strokeColor: this.page, strokeWidth: STROKE })
    sprite.center.set(0, 1)
    Object.assign(sprite.material, { depthTest: false, depthWrite: false, ...MULTIPLIED })
    this.write(sprite)
    this.scene.add(sprite)
    return sprite
  }

  /** One pixel of letters for one on the canvas, in the very colours that the page has. */
  private write(sprite: SpriteText): void {
    sprite.fontSize = LETTERS * this.ratio
    Object.assign(sprite.material.map!, { colorSpace: NoColorSpace, generateMipmaps: false, minFilter: LinearFilter, premultiplyAlpha: true })
  }

  /** On the edge of a pixel, or letters would be blurred. */
  private whole(x: number): number {
    return Math.round(x * this.ratio) / this.ratio
  }

  /** So many are left, and all that are shown. */
  private forget(most: number): void {
    for (const [key, sprite] of this.sprites) {
      if (this.sprites.size <= most) return
      if (most && sprite.visible) continue
      this.sprites.delete(key)
      this.scene.remove(sprite)
      sprite.material.map!.dispose()
      sprite.material.dispose()
    }
  }
}
