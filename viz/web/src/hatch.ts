/** Masked and undefined cells: stripes, since no colour of the scale may stand for them. */
export function hatch(
  context: CanvasRenderingContext2D,
  { left, top, width, height }: { left: number; top: number; width: number; height: number },
  dark: boolean,
): void {
  context.save()
  context.beginPath()
  context.rect(left, top, width, height)
  context.clip()
  context.beginPath()
  for (let offset = -height; offset < width; offset += 5) {
    context.moveTo(left + offset, top + height)
    context.lineTo(left + offset + height, top)
  }
  context.lineWidth = 1
  context.strokeStyle = dark ? "rgb(88, 92, 103)" : "rgb(190, 193, 201)"
  context.stroke()
  context.restore()
}
