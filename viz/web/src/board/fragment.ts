/**
 * The part of the link after "#". Streamlit writes the address anew when a control moves and when it drops a default,
 * both times without this part: here it is kept, and put back.
 */
import { Link } from "../walkthrough/link"

interface Moved extends Event {
  navigationType?: string | null
}

/** All boards of a page share it. */
const page = { path: "", last: "" }

/** A new page begins with what is in the link, or with what the document was opened with: viz/entry.py wrote it down. */
function enter(): void {
  if (page.path === location.pathname) return
  const told = window as { __glassformer?: { path: string; hash: string } }
  const opened = told.__glassformer
  delete told.__glassformer
  page.path = location.pathname
  page.last = bare(location.hash) || (opened?.path === page.path ? bare(opened.hash) : "")
}

function bare(hash: string): string {
  return hash.replace(/^#/, "")
}

export class Fragment {
  private readonly path = location.pathname
  private readonly link: Link
  private readonly navigation = (window as { navigation?: EventTarget }).navigation

  constructor(onMove: (hash: string) => void) {
    enter()
    this.link = new Link((hash) => {
      page.last = bare(hash)
      onMove(hash)
    })
    this.navigation?.addEventListener("currententrychange", this.changed)
  }

  /** What stands there, or stood there until just now. */
  get text(): string {
    return bare(location.hash) || page.last
  }

  write(text: string): void {
    page.last = text
    this.link.write(text, "replace")
  }

  private readonly changed = (event: Moved) => {
    // Going back and forward is the person's own wish.
    if (event.navigationType === "traverse" || location.pathname !== this.path) return
    if (location.hash) page.last = bare(location.hash)
    else if (page.last) this.link.write(page.last, "replace")
  }

  dispose(): void {
    this.navigation?.removeEventListener("currententrychange", this.changed)
    this.link.dispose()
  }
}
