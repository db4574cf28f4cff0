/** What the page of a file is told beside its chunks; `viz/leave/document.py` writes it. */
import type { Lacking } from "./answers"

export interface About {
  version: number
  /** The first is shown first. */
  languages: { code: string; name: string }[]
  said: Record<string, Said>
  /** Of weights that go by another name in the manifest: of this pass, and of the other where there is one. */
  shapes: Record<string, number[]>[]
  /** Of the software in the file. */
  licences: string
}

/** Everything that the page around the walkthrough says, in one language. */
export interface Said {
  title: string
  words: Record<Word, string>
  holds: string[]
  lacks: string[]
  lacking: Lacking
}

/** Keys of the catalogue's [leave] that the page uses. */
export type Word = "about" | "holds" | "lacks" | "licences" | "language" | "look" | "look_system" | "look_light" | "look_dark" | "damaged"
