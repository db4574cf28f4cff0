/** A canvas at the sharpness of the screen. Its size on the page is the stylesheet's affair, so that painting moves nothing. */
import type { Frame } from "./fit"

/** Around the cells: an outline of the outermost ones lies there. */
export const RIM = 2

/** A cleared context in CSS pixels; null where there is no canvas. */
export function prepared(canvas: HTMLCanvasElement, { left, top, width, height }: Frame): CanvasRenderingContext2D | null {
  const sharpness = globalThis.devicePixelRatio || 1
  const wide = Math.ceil((left + width + RIM) * sharpness)
  const high = Math.ceil((top + height + RIM) * sharpness)
  const context = canvas.getContext("2d")
  // A new size clears, too; without one, setting it again would cost a new bitmap.
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide
    canvas.height = high
  } else {
    context?.setTransform(1, 0, 0, 1, 0, 0)
    context?.clearRect(0, 0, wide, high)
  }
  context?.setTransform(sharpness, 0, 0, sharpness, 0, 0)
  return context
}
