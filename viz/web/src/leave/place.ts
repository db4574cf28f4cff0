/**
 * Where a file opens: the fragment of the view that a person stood on when they downloaded it. It is written into the
 * document by the browser, so nobody else learns it and the file need not be made anew for another step.
 */

/** What `viz/leave/document.py` writes for "from the beginning", within the first LOOKED bytes. */
const MARK = `<script type="application/json" id="place">""</script>`
const LOOKED = 4096
/** Of a fragment; a view has far less. */
const LONGEST = 8192

/** The view of a link, as a file can be told it. `space`: what the page shows where the link does not say it. */
export function placeOf(hash: string, space: boolean): string {
  const given = new URLSearchParams(hash.replace(/^#/, ""))
  if (!given.get("stage") || hash.length > LONGEST) return ""
  if (!given.has("view")) given.set("view", space ? "scene" : "picture")
  // Every character that could mean something in a document is escaped by number.
  return given.toString()
}

/** A file that opens there. */
export function placed(file: Uint8Array<ArrayBuffer>, place: string): Blob {
  const at = new TextDecoder("latin1").decode(file.subarray(0, LOOKED)).indexOf(MARK)
  if (at < 0) throw new Error("the file has no room for a place to open at")
  const told = MARK.replace('""', JSON.stringify(place))
  return new Blob([file.subarray(0, at), told, file.subarray(at + MARK.length)], { type: "text/html" })
}

/** What stands in a file. Whether a walk has such a place, its own link parser says. */
export function placeIn(document: Document): string {
  const told: unknown = JSON.parse(document.getElementById("place")?.textContent || '""')
  return typeof told === "string" ? told : ""
}
