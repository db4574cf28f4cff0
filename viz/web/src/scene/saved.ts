/** A picture to keep: what is drawn, and over it the words. */

/** `write`: writes the words, and gives what they are over. */
export function saved(width: number, height: number, write: (words: CanvasRenderingContext2D) => HTMLCanvasElement): Promise<Blob> {
  const words = Object.assign(document.createElement("canvas"), { width, height })
  const sheet = write(words.getContext("2d")!)
  sheet.getContext("2d")!.drawImage(words, 0, 0)
  return new Promise((done, fail) => {
    sheet.toBlob((blob) => (blob ? done(blob) : fail(new Error("the browser made no picture"))), "image/png")
  })
}
