/** What the blocks are painted with: the texture of all cells, the page's colours, the program that reads both. */
import { Color, ColorManagement, DataTexture, GLSL3, Matrix4, NearestFilter, RawShaderMaterial, RedFormat, RGBAFormat, Vector3 } from "three"
import { diverging, type Rgb, sequential } from "../colour"
import type { Atlas } from "./atlas"
import { fragment, vertex } from "./shader"

// Colours are those of the page and of the picture, unchanged.
ColorManagement.enabled = false

export interface Look {
  dark: boolean
  page: string
  ink: string
  accent: string
  /** Of the residual stream. */
  stream: string
  cached: string
  roles: [weight: string, value: string, aggregate: string]
}

/** Of what does not differ. */
const DULL: Record<"light" | "dark", Rgb> = { light: [203, 205, 210], dark: [62, 65, 73] }

export class Paint {
  readonly material: RawShaderMaterial
  private readonly cells: DataTexture
  private readonly palette = new DataTexture(new Uint8Array(256 * 3 * 4), 256, 3, RGBAFormat)

  constructor(private readonly atlas: Atlas) {
    this.cells = new DataTexture(atlas.texels, atlas.size, atlas.size, RedFormat)
    for (const texture of [this.cells, this.palette]) {
      texture.minFilter = texture.magFilter = NearestFilter
      texture.unpackAlignment = 1
    }
    this.upload()
    this.material = new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: vertex,
      fragmentShader: fragment,
      uniforms: {
        view: { value: new Matrix4() },
        boxes: { value: null },
        atlas: { value: this.cells },
        palette: { value: this.palette },
        atlasSize: { value: atlas.size },
        page: { value: new Color() },
        ink: { value: new Color() },
        accent: { value: new Color() },
        cached: { value: new Color() },
        roles: { value: [new Color(), new Color(), new Color()] },
        flash: { value: new Vector3() },
      },
    })
  }

  setLook(look: Look): void {
    const { uniforms } = this.material
    const set = (name: string, colour: string) => (uniforms[name]!.value as Color).setStyle(colour)
    set("page", look.page)
    set("ink", look.ink)
    set("accent", look.accent)
    set("cached", look.cached)
    look.roles.forEach((colour, i) => (uniforms.roles!.value as Color[])[i]!.setStyle(colour))
    const texels = this.palette.image.data as Uint8Array
    for (let code = 0; code < 256; code++) {
      const put = (row: number, [r, g, b]: Rgb) => texels.set([r, g, b, 255], 4 * (256 * row + code))
      put(0, diverging((code - 128) / 127, look.dark))
      put(1, sequential((code - 1) / 254))
      put(2, look.dark ? DULL.dark : DULL.light)
    }
    this.palette.needsUpdate = true
  }

  /** `boxes`: those of this frame. */
  setView(view: Matrix4, boxes: DataTexture): void {
    this.material.uniforms.boxes!.value = boxes
    ;(this.material.uniforms.view!.value as Matrix4).copy(view)
  }

  /** How strongly what is computed lights up all at once, 0 to 1. */
  setFlash(flash: number): void {
    ;(this.material.uniforms.flash!.value as Vector3).x = flash
  }

  /** Before a frame is drawn: what was written since the last. */
  update(): void {
    if (this.atlas.changed) this.cells.needsUpdate = true
    this.atlas.changed = false
  }

  /** All of it once more: a new context has nothing. */
  upload(): void {
    this.cells.needsUpdate = true
    this.palette.needsUpdate = true
  }

  dispose(): void {
    this.material.dispose()
    this.cells.dispose()
    this.palette.dispose()
  }
}
