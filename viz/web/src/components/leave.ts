/** The button that downloads a file that has been made, as it opens at where the person stands at that moment. */
import base from "../base.css?inline"
import { decodeParts } from "../decode"
import { component } from "../component"
import { placed, placeOf } from "../leave/place"
import { serverAddress } from "../server"
import type { ComponentArguments } from "../streamlit"
import style from "./leave.css?inline"

/** What Python tells: `pages/shared/leaving.py`. */
interface Told {
  /** Under which the server keeps it. */
  id: string
  /** What it is called on the disk. */
  name: string
  language: string
  /** Whether the page begins with the scene. */
  space: boolean
  words: { download: string; failed: string }
}

class Leave {
  readonly host = document.createElement("section")
  private readonly button = document.createElement("button")
  private readonly problem = document.createElement("p")
  private told: Told | null = null

  constructor() {
    this.host.dataset.glassformer = "leave"
    this.button.type = "button"
    this.button.addEventListener("click", () => void this.download())
    this.problem.setAttribute("role", "alert")
    const css = document.createElement("style")
    css.textContent = base + style
    this.host.append(css, this.button, this.problem)
  }

  update({ data }: ComponentArguments): void {
    if (!(data instanceof Uint8Array)) throw new Error("the server sent no message")
    const told = decodeParts(data).header.leave as Told
    if (told.id !== this.told?.id) this.problem.textContent = ""
    this.told = told
    this.button.textContent = told.words.download
    this.host.dataset.ready = "true"
  }

  dispose(): void {
    this.host.remove()
  }

  private async download(): Promise<void> {
    const { told } = this
    if (!told || this.button.ariaBusy === "true") return
    // Asked now: the person may go on while the file comes.
    const place = placeOf(location.hash, told.space)
    this.button.ariaBusy = "true"
    this.problem.textContent = ""
    try {
      save(placed(await fetched(told), place), told.name)
    } catch (error) {
      this.problem.textContent = told.words.failed.replace("{words}", error instanceof Error ? error.message : String(error))
    } finally {
      this.button.ariaBusy = "false"
    }
  }
}

async function fetched({ id, language }: Told): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(new URL(`data/leave/${id}?lang=${language}`, serverAddress()))
  if (!answer.ok) throw new Error(((await answer.json()) as { error: string }).error)
  return new Uint8Array(await answer.arrayBuffer())
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  // A browser may ask where to put it before it reads it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

export default component(() => new Leave())
