/**
 * The part of the link after "#". Streamlit writes the address anew when a control moves and when it drops a default,
 * both times without this part: here it is kept, and put back.
 */

/** Moves this close together are one entry of the browser's history, in milliseconds. */
const TOGETHER = 80

interface Moved extends Event {
  navigationType?: string | null
}

/** All components of a page share it. */
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

/** Where a page begins whose address does not say it. To be called before the first `Fragment` is made. */
export function beginAt(text: string): void {
  page.path = location.pathname
  page.last = bare(location.hash) || bare(text)
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

  /** `how`: see `Link.write`. */
  write(text: string, how: "push" | "replace" = "replace"): void {
    page.last = text
    this.link.write(text, how)
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
    // Who comes back from another page begins anew.
    if (location.pathname !== this.path) page.path = ""
  }
}

/** Keeps the address bar in step with the view, and tells of the browser's back and forward. */
export class Link {
  private readonly path = location.pathname
  private last = -Infinity
  private readonly listener = () => {
    // Another page of the app: Streamlit is about to take this component away.
    if (location.pathname === this.path) this.onMove(location.hash)
  }

  constructor(private readonly onMove: (hash: string) => void) {
    addEventListener("popstate", this.listener)
  }

  /** `how`: "push" makes an entry in the history, unless the last one is only just there. */
  write(text: string, how: "push" | "replace"): void {
    if (location.pathname !== this.path || location.hash === `#${text}`) return
    const now = performance.now()
    const address = `${location.pathname}${location.search}#${text}`
    if (how === "push" && now - this.last >= TOGETHER) history.pushState(history.state, "", address)
    else history.replaceState(history.state, "", address)
    if (how === "push") this.last = now
  }

  dispose(): void {
    removeEventListener("popstate", this.listener)
  }
}
