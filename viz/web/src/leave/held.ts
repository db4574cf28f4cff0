/** What the file holds: chunks in the document itself, each compressed. Nothing is fetched from anywhere. */

export interface Chunks {
  has(name: string): boolean
  /** Throws where there is none of that name. */
  bytes(name: string): Promise<Uint8Array>
}

export class Held implements Chunks {
  private readonly places = new Map<string, Element>()

  constructor(document: Document) {
    for (const place of document.querySelectorAll("script[data-held]")) this.places.set(place.getAttribute("data-held")!, place)
  }

  has(name: string): boolean {
    return this.places.has(name)
  }

  async bytes(name: string): Promise<Uint8Array> {
    const place = this.places.get(name)
    if (!place) throw new Error(`no ${name}`)
    // What is the same as another chunk is written once.
    const same = place.getAttribute("data-as")
    if (same !== null && same !== name) return this.bytes(same)
    return inflated(fromBase64(place.textContent.trim()))
  }
}

/** Chunks of one pass of several, by the names that they have where it is alone. */
export function within(chunks: Chunks, prefix: string): Chunks {
  return { has: (name) => chunks.has(prefix + name), bytes: (name) => chunks.bytes(prefix + name) }
}

export async function json<T>(chunks: Chunks, name: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await chunks.bytes(name))) as T
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text)
  const bytes = new Uint8Array(raw.length)
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i)
  return bytes
}

async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
