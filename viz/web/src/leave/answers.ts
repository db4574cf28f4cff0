/** Answers the addresses of the data routes out of the file: what `viz/leave/passes.py` wrote, in the place of `fetch`. */
import { decode, type Tensor } from "../decode"
import { readFaces } from "../scene/faces"
import { Recent } from "../walkthrough/requests"
import type { Index, Manifest, Reader, WindowHeader } from "../walkthrough/types"
import { Explanations, type Packed } from "./explained"
import { type Chunks, json } from "./held"
import { shrunk } from "./shrink"
import { write } from "./write"

/** Words for what the file lacks: "{what}" is the name of a stage or a weight. */
export interface Lacking {
  cells: string
  explanation: string
  terms: string
  other: string
}

export type Asked = URLSearchParams
export type Whole = Tensor & WindowHeader

const MOST_TENSOR_BYTES = 64 << 20
const MOST_PACKED_BYTES = 64 << 20

class LackError extends Error {}

export class Answers {
  private readonly tensors = new Recent<Promise<Whole>>(MOST_TENSOR_BYTES)
  private readonly packs = new Recent<Promise<Explanations>>(MOST_PACKED_BYTES)
  private readonly texts = new Map<string, Promise<unknown>>()
  private readonly shapes = new Map<string, number[]>()
  private readonly axes = new Map<string, string[]>()
  private readonly titles = new Map<string, string>()
  protected readonly sameAs: Map<string, string>

  constructor(
    protected readonly chunks: Chunks,
    manifest: Manifest,
    protected readonly lacking: Lacking,
    /** Of weights that go by another name in the manifest. */
    others: Readonly<Record<string, number[]>> = {},
  ) {
    for (const [name, shape] of Object.entries(others)) this.shapes.set(name, shape)
    for (const [name, { shape }] of Object.entries(manifest.weights)) this.shapes.set(name, shape)
    for (const { name, shape, axes, title } of manifest.stages) {
      this.shapes.set(name, shape)
      this.axes.set(name, axes)
      this.titles.set(name, title)
    }
    this.sameAs = new Map(manifest.stages.flatMap(({ name, same_as }) => (same_as ? [[name, same_as]] : [])))
  }

  /** As `fetch`, for addresses of the data routes. */
  readonly ask: typeof fetch = async (input, init) => {
    const { pathname, searchParams } = new URL(String(input))
    const route = pathname.slice(pathname.lastIndexOf("/") + 1)
    try {
      const body = await this.answer(route, searchParams)
      init?.signal?.throwIfAborted()
      return new Response(body as BodyInit)
    } catch (error) {
      if (!(error instanceof LackError)) throw error
      return Response.json({ error: error.message }, { status: 404 })
    }
  }

  /** What the route of that name sends. */
  async answer(route: string, asked: Asked): Promise<Uint8Array | string> {
    const language = asked.get("lang")!
    const name = asked.get("stage") ?? asked.get("name") ?? asked.get("weight") ?? ""
    switch (route) {
      case "cells":
      case "weights":
        return this.bytes(`cells:${name}`, this.lacking.cells, name)
      case "overview":
        return overview(await this.whole(name), asked)
      case "page":
        return JSON.stringify((await this.text<Record<string, unknown>>(`pages.${language}`))[name])
      case "readout":
        return this.bytes(`readout.${language}`, this.lacking.other, route)
      case "pieces":
        return this.pieces(asked)
      case "scene":
        return this.bytes(asked.has("layout") ? `layout.${asked.get("layout")!}` : "scene", this.lacking.other, route)
      case "faces":
        return this.faces(asked)
      case "explain":
        return this.explanation(name, index(asked), language, Number(asked.get("terms")))
      case "readers":
        return this.readers(name, index(asked))
    }
    throw this.lack(this.lacking.other, route)
  }

  protected lack(words: string, what: string): LackError {
    return new LackError(words.replace("{what}", what))
  }

  protected async bytes(chunk: string, words: string, what: string): Promise<Uint8Array> {
    if (!this.chunks.has(chunk)) throw this.lack(words, what)
    return this.chunks.bytes(chunk)
  }

  protected text<T>(chunk: string): Promise<T> {
    const found = this.texts.get(chunk) ?? json<T>(this.chunks, chunk)
    this.texts.set(chunk, found)
    return found as Promise<T>
  }

  /** All cells of a stage or a weight, under the name of the stage whose tensor it is. */
  whole(name: string): Promise<Whole> {
    const home = this.home(name)
    const held = this.tensors.get(home)
    if (held) return held
    const found = this.read(home)
    this.tensors.set(home, found, 4 * size(this.shapes.get(home) ?? []))
    found.catch(() => this.tensors.delete(home))
    return found
  }

  protected async read(name: string): Promise<Whole> {
    return decode(await this.bytes(`cells:${name}`, this.lacking.cells, name)).tensors[0] as Whole
  }

  private home(name: string): string {
    const target = this.sameAs.get(name)
    return target === undefined ? name : this.home(target)
  }

  private async pieces(asked: Asked): Promise<string> {
    const all = await this.text<string[]>("pieces")
    return JSON.stringify({ pieces: asked.get("ids")!.split(",").map((id) => all[Number(id)]) })
  }

  private async faces(asked: Asked): Promise<Uint8Array> {
    const names = ["stages", "weights"].flatMap((word) => (asked.get(word) ?? "").split(",").filter(Boolean))
    const found = await Promise.all(names.map(async (name) => readFaces(await this.bytes(`face:${name}`, this.lacking.cells, name))[0]!))
    let offset = 0
    const faces = found.map(({ patches, ...face }) => ({ ...face, offset: (offset += patches.length) - patches.length }))
    return write({ version: 1, faces }, found.map(({ patches }) => patches))
  }

  private async explanation(name: string, cell: Index, language: string, most: number): Promise<string> {
    const chunk = `explain:${name}`
    if (!this.chunks.has(chunk)) throw this.lack(this.lacking.explanation, name)
    const held = await this.pack(chunk, name)
    const at = flat(cell, this.shape(name))
    if (!held.has(at)) throw this.lack(this.lacking.explanation, name)
    const tensors = new Map(await Promise.all(held.needs.map(async (need) => [need, await this.whole(need)] as const)))
    const found = held.of(at, cell, language, most, (need, place) => {
      const tensor = tensors.get(need)!
      return tensor.values[flat(place, tensor.shape)]!
    })
    const kept = held.kept(at)
    if (most > kept && kept < found.n_terms && most > 50) throw this.lack(this.lacking.terms.replace("{n}", String(kept)), name)
    return JSON.stringify(found)
  }

  private pack(chunk: string, name: string): Promise<Explanations> {
    const held = this.packs.get(chunk)
    if (held) return held
    const found = json<Packed>(this.chunks, chunk).then((packed) => new Explanations(name, packed, (tensor) => this.shape(tensor).length))
    this.packs.set(chunk, found, 8 * size(this.shape(name)))
    return found
  }

  private shape(name: string): number[] {
    const found = this.shapes.get(name)
    if (!found) throw this.lack(this.lacking.other, name)
    return found
  }

  private async readers(name: string, cell: Index): Promise<string> {
    type Row = [string, Reader["ranges"], number, Index]
    const chunk = `readers:${name}`
    if (!this.chunks.has(chunk)) throw this.lack(this.lacking.explanation, name)
    const { cells, readers } = await this.text<{ cells: Index[]; readers: Row[][] }>(chunk)
    const at = cells.findIndex((one) => one.join() === cell.join())
    if (at < 0) throw this.lack(this.lacking.explanation, name)
    const found = readers[at]!.map(([by, ranges, count, example]) => {
      return { name: by, title: this.titles.get(by), axes: this.axes.get(by), ranges, count, example }
    })
    return JSON.stringify({ readers: found })
  }
}

function index(asked: Asked): Index {
  const cell = asked.get("cell") ?? ""
  return cell ? cell.split(",").map(Number) : []
}

function flat(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((at, place, axis) => at * shape[axis]! + place, 0)
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, one) => product * one, 1)
}

/** The message that the route of that name would have sent. */
function overview(whole: Whole, asked: Asked): Uint8Array {
  const ranges = whole.axes.map((axis, i) => range(asked.get(axis), whole.shape[i]!))
  const kept = ranges.flatMap(([, , alone], i) => (alone ? [] : [i]))
  const limits = [Number(asked.get("rows") ?? 256), Number(asked.get("cols") ?? 256)].slice(2 - kept.length)
  const shape = kept.map((i) => ranges[i]![1] - ranges[i]![0])
  const found = shrunk(window(whole, ranges), shape, limits)
  const origin = Object.fromEntries(whole.axes.map((axis, i) => [axis, ranges[i]![0]]))
  const { values: _, ...header } = whole
  const tensor = { ...header, axes: kept.map((i) => whole.axes[i]!), shape: found.shape, offset: 0, origin, bin: found.bins }
  return write({ version: 1, tensors: [tensor] }, [new Uint8Array(found.values.buffer)])
}

/** First place, the place after the last, and whether one place alone was asked for, so that its axis is left out. */
function range(given: string | null, size: number): [number, number, boolean] {
  if (given === null) return [0, size, false]
  const [first, stop] = given.split(":")
  return stop === undefined ? [Number(first), Number(first) + 1, true] : [Number(first || 0), Number(stop || size), false]
}

function window(whole: Whole, ranges: readonly (readonly [number, number, boolean])[]): Float32Array {
  const shape = ranges.map(([first, stop]) => stop - first)
  const out = new Float32Array(size(shape))
  for (let at = 0; at < out.length; at++) {
    let left = at
    let stride = 1
    let from = 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (ranges[axis]![0] + (left % shape[axis]!)) * stride
      left = Math.floor(left / shape[axis]!)
      stride *= whole.shape[axis]!
    }
    out[at] = whole.values[from]!
  }
  return out
}
