/** A picture to keep: what is drawn, and over it the words. */

export function saved(sheet: HTMLCanvasElement, write: (words: CanvasRenderingContext2D) => void): Promise<Blob> {
  const words = Object.assign(document.createElement("canvas"), { width: sheet.width, height: sheet.height })
  write(words.getContext("2d")!)
  sheet.getContext("2d")!.drawImage(words, 0, 0)
  return new Promise((done, fail) => {
    sheet.toBlob((blob) => (blob ? done(blob) : fail(new Error("the browser made no picture"))), "image/png")
  })
}
