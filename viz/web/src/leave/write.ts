/** The message format of `decode.ts` and `scene/faces.ts`, the other way round. */
export function write(header: object, parts: readonly Uint8Array[]): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const out = new Uint8Array(4 + text.length + parts.reduce((sum, part) => sum + part.length, 0))
  new DataView(out.buffer).setUint32(0, text.length, true)
  out.set(text, 4)
  let at = 4 + text.length
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
