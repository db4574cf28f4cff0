/** Messages as Python sends them, for the tests. */
import type { TensorHeader } from "../src/decode"

export function encode(header: object, payload: Float32Array): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header))
  const bytes = new Uint8Array(4 + json.length + payload.byteLength)
  new DataView(bytes.buffer).setUint32(0, json.length, true)
  bytes.set(json, 4)
  bytes.set(new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength), 4 + json.length)
  return bytes
}

export function pattern(extra: Partial<TensorHeader> = {}): TensorHeader {
  return {
    name: "blocks.0.attn.pattern",
    title: "Attention",
    axes: ["query", "key"],
    shape: [2, 2],
    kind: "probability",
    offset: 0,
    row_labels: ["A", "B"],
    col_labels: ["A", "B"],
    ...extra,
  }
}

export function example(tokens = ["A", "B"]): Uint8Array {
  const tensor = pattern({ row_labels: tokens, col_labels: tokens })
  const header = { version: 1, tensors: [tensor], tokens, flow: [tensor.name] }
  return encode(header, Float32Array.of(1, -Infinity, 0.25, 0.75))
}
