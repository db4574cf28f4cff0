/** A board as Python would send it, for tests. */
import type { Axis, Board, Panel } from "../src/board/types"
import type { Ink, Scene } from "../src/board/draw/kind"
import type { Picture } from "../src/board/types"

const COLOURS = { pin: "#e0218a", grey: "#8a8f98", hand: "#0f8a6d" }

export function axis(size: number, more: Partial<Axis> = {}): Axis {
  const plain = { marks: null, places: null, play: false, slider: true, follow: false, minus: null }
  return { size, title: "axis", at: 0, ...plain, ...more }
}

export function common(id: string) {
  return { id, title: id, alt: "", note: "", heading: "", wide: false, under: false }
}

/** arrays: name -> [axes, shape, numbers] */
export function board(
  axes: Record<string, Axis>,
  panels: Panel[],
  arrays: Record<string, [string[], number[], number[]]>,
): Board {
  const tensors = Object.entries(arrays).map(([name, [names, shape, numbers]]) => {
    return [name, { name, title: "", axes: names, shape, kind: "signed", offset: 0, values: new Float32Array(numbers) }] as const
  })
  return { file: "file", label: "label", axes, panels, colours: COLOURS, arrays: new Map(tensors) }
}

export const ink: Ink = {
  text: "#000000", faint: "#555555", grid: "#dddddd", stripes: "#bbbbbb", ground: "#ffffff", pin: "#e0218a", dark: false,
}

export function scene<P extends Picture>(from: Board, panel: P, shown: Record<string, number>): Scene<P> {
  return { board: from, panel, pinned: shown, shown, width: 400, height: 300, ink }
}

/** The board as the bytes of a message. */
export function bytes(from: Board): Uint8Array {
  let offset = 0
  const bodies: Uint8Array[] = []
  const tensors = [...from.arrays.values()].map(({ values, ...tensor }) => {
    const body = new Uint8Array(values.slice().buffer)
    bodies.push(body)
    offset += body.length
    return { ...tensor, offset: offset - body.length }
  })
  const { arrays: _, ...told } = from
  const header = new TextEncoder().encode(JSON.stringify({ version: 1, tensors, board: told }))
  const out = new Uint8Array(4 + header.length + offset)
  new DataView(out.buffer).setUint32(0, header.length, true)
  out.set(header, 4)
  bodies.reduce((at, body) => (out.set(body, at), at + body.length), 4 + header.length)
  return out
}
