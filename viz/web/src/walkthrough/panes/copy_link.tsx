/** The address of this very view, to pass on. */
import { useEffect, useState } from "preact/hooks"
import { memo } from "../memo"
import type { Say } from "../ui"

/** Milliseconds for which it says that it is done; and where there is more to say. */
const SAID = 2500
const SAID_MORE = 12_000

export const CopyLink = memo(({ say }: { say: Say }) => {
  /** "": nothing to say; "done"; or the address itself, where the browser lets no page write to the clipboard. */
  const [told, setTold] = useState("")
  // The address of a file is that of a place on a disk, of which others know nothing.
  const inFile = location.protocol === "file:"
  useEffect(() => {
    if (told !== "done") return
    const timer = setTimeout(() => setTold(""), inFile ? SAID_MORE : SAID)
    return () => clearTimeout(timer)
  }, [told])
  const copy = () => {
    const address = location.href
    // Only secure pages have a clipboard, and a person may forbid it.
    const written = navigator.clipboard?.writeText(address) ?? Promise.reject(new Error("no clipboard"))
    written.then(
      () => setTold("done"),
      () => setTold(address),
    )
  }
  return (
    <span class="copy">
      <button type="button" class="tool" aria-label={say("copy_link")} title={say("copy_link")} onClick={copy}>
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d={told === "done" ? DONE : CHAIN} fill="none" />
        </svg>
      </button>
      <span role="status" class={told === "done" ? "told" : "unseen"}>
        {told === "done" ? say(inFile ? "copied_file" : "copied") : ""}
      </span>
      {told !== "" && told !== "done" && (
        <input
          class="told"
          readOnly
          value={told}
          aria-label={say("copy_yourself")}
          title={inFile ? say("copied_file") : undefined}
          ref={(input) => input?.select()}
          onBlur={() => setTold("")}
        />
      )}
    </span>
  )
})

const CHAIN =
  "M8.5 11.5a3 3 0 0 0 4.3.2l2.6-2.6a3 3 0 0 0-4.3-4.3l-1.2 1.2M11.5 8.5a3 3 0 0 0-4.3-.2l-2.6 2.6a3 3 0 0 0 4.3 4.3l1.2-1.2"
const DONE = "M4.5 10.5 8.5 14.5 15.5 6"
