/** Many small pictures in one texture, a byte a texel: places for those that stay, and slots for those that change. */

export interface Rect {
  x: number
  y: number
  width: number
  height: number
}

/** Side of a slot. */
export const TILE = 64

export class Atlas {
  readonly texels: Uint8Array<ArrayBuffer>
  /** Texels have been written since this was last set to false. */
  changed = false
  private readonly shelves: { y: number; height: number; used: number }[] = []
  private readonly top: number
  private readonly slots: number
  private readonly tiles = new Map<string, number>()
  private free: number[]

  /** `slotRows`: rows of slots at the lower end. */
  constructor(
    readonly size: number,
    slotRows: number,
  ) {
    this.texels = new Uint8Array(size * size)
    this.top = size - slotRows * TILE
    this.slots = Math.floor(size / TILE) * slotRows
    this.free = Array.from({ length: this.slots }, (_, i) => i)
  }

  /** Room that is never given back; null where there is none left. */
  place(width: number, height: number): Rect | null {
    const fitting = this.shelves.filter((s) => s.height >= height && s.height <= 1.5 * height + 2 && s.used + width <= this.size)
    let shelf = fitting.sort((a, b) => a.height - b.height)[0]
    if (!shelf) {
      const last = this.shelves.at(-1)
      const y = last ? last.y + last.height : 0
      if (y + height > this.top || width > this.size) return null
      shelf = { y, height, used: 0 }
      this.shelves.push(shelf)
    }
    const rect = { x: shelf.used, y: shelf.y, width, height }
    shelf.used += width
    return rect
  }

  /** Forgets all pictures. */
  clear(): void {
    this.shelves.length = 0
    this.tiles.clear()
    this.free = Array.from({ length: this.slots }, (_, i) => i)
  }

  write(rect: Rect, bytes: Uint8Array): void {
    for (let row = 0; row < rect.height; row++) {
      this.texels.set(bytes.subarray(row * rect.width, (row + 1) * rect.width), (rect.y + row) * this.size + rect.x)
    }
    this.changed = true
  }

  /** The slot of a tile that was written, which counts as used now. */
  tile(key: string, width: number, height: number): Rect | null {
    const slot = this.tiles.get(key)
    if (slot === undefined) return null
    this.tiles.delete(key)
    this.tiles.set(key, slot)
    return this.slotRect(slot, width, height)
  }

  /** A slot for a new tile; where all are taken, that of the tile unused for longest. */
  claim(key: string, width: number, height: number): Rect {
    const oldest = this.tiles.keys().next()
    let slot = this.free.pop()
    if (slot === undefined) {
      slot = this.tiles.get(oldest.value!)!
      this.tiles.delete(oldest.value!)
    }
    this.tiles.set(key, slot)
    return this.slotRect(slot, width, height)
  }

  private slotRect(slot: number, width: number, height: number): Rect {
    const across = Math.floor(this.size / TILE)
    return { x: (slot % across) * TILE, y: this.top + Math.floor(slot / across) * TILE, width, height }
  }
}
