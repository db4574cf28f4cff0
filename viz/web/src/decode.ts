/**
 * The one message format between Python and the browser:
 * four bytes of header length (little-endian), a JSON header, then float32 numbers (little-endian).
 */

export type Kind = "signed" | "probability" | "scale" | "index" | "count"

export interface TensorHeader {
  name: string
  title: string
  axes: string[]
  /** What the axes are called on the page, where that is not their name. */
  axis_names?: string[]
  shape: number[]
  kind: Kind
  /** Where its numbers begin, in bytes from the end of the header. */
  offset: number
  row_labels?: string[]
  col_labels?: string[]
  /** The number that gets the strongest colour; without it the largest absolute number does. */
  range?: number
}

export interface Tensor extends TensorHeader {
  values: Float32Array
}

export interface Message {
  tensors: Tensor[]
  /** The input, cut as the tokenizer cuts it. */
  tokens: string[]
  /** Names of tensors, in the order in which they are computed. */
  flow: string[]
  /** What the picture is, for who does not see it. */
  label: string
}

export function decode(bytes: Uint8Array): Message {
  const { header, tensors } = decodeParts(bytes)
  return { tensors, tokens: (header.tokens as string[]) ?? [], flow: (header.flow as string[]) ?? [], label: (header.label as string) ?? "" }
}

/** The tensors of a message, and its header as it is: who sends more than tensors knows what else is in it. */
export function decodeParts(bytes: Uint8Array): { header: Record<string, unknown>; tensors: Tensor[] } {
  if (bytes.byteLength < 4) throw new Error(`a message needs at least 4 bytes, got ${bytes.byteLength}`)
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const payloadStart = 4 + headerLength
  if (payloadStart > bytes.byteLength) {
    throw new Error(`the header says ${headerLength} bytes, the message has ${bytes.byteLength - 4}`)
  }
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, payloadStart)))
  if (header.version !== 1) throw new Error(`message version ${header.version} is not known, only 1`)

  // A copy, because a Float32Array must begin at a multiple of four and the payload need not.
  const payload = bytes.slice(payloadStart).buffer
  const tensors = (header.tensors as TensorHeader[]).map((tensor) => ({
    ...tensor,
    values: numbers(tensor, payload),
  }))
  return { header, tensors }
}

function numbers(tensor: TensorHeader, payload: ArrayBufferLike): Float32Array {
  const count = tensor.shape.reduce((product, size) => product * size, 1)
  if (tensor.offset % 4 !== 0 || tensor.offset + 4 * count > payload.byteLength) {
    throw new Error(
      `${tensor.name} wants ${count} numbers from byte ${tensor.offset}, the payload has ${payload.byteLength} bytes`,
    )
  }
  return new Float32Array(payload, tensor.offset, count)
}
