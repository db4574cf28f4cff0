/** Reads what `viz/faces.py` wrote. */
import type { Face } from "./types"

export function readFaces(bytes: Uint8Array): Face[] {
  if (bytes.byteLength < 4) throw new Error(`a message needs at least 4 bytes, got ${bytes.byteLength}`)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)))
  if (header.version !== 1) throw new Error(`version ${header.version} of the faces is not known, only 1`)
  return (header.faces as (Face & { offset: number })[]).map((face) => {
    const start = 4 + length + face.offset
    const count = face.slabs * face.rows * face.cols
    if (start + count > bytes.byteLength) throw new Error(`${face.name}: the message ends before its patches do`)
    return { ...face, patches: bytes.subarray(start, start + count) }
  })
}

/** The byte of one cell, by the same rule as `coded` in viz/faces.py. */
export function codeOf(value: number, most: number, signed: boolean): number {
  if (!Number.isFinite(value)) return 0
  const share = Math.min(Math.max(value / most, signed ? -1 : 0), 1)
  return Math.round(signed ? 128 + 127 * share : 1 + 254 * share)
}
