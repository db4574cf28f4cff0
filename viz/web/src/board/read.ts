/** A message from Python as a board. */
import { decodeParts } from "../decode"
import type { Board } from "./types"

export function read(data: unknown): Board {
  if (!(data instanceof Uint8Array)) throw new Error("the server sent no message")
  const { header, tensors } = decodeParts(data)
  const told = header.board as Omit<Board, "arrays"> | undefined
  if (!told?.panels) throw new Error("the message has no panels")
  return { ...told, arrays: new Map(tensors.map((tensor) => [tensor.name, tensor])) }
}
