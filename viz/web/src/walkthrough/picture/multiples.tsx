/** Every head at once; a click on its name shows it alone. */
import type { ComponentChildren } from "preact"
import { useEffect, useMemo, useRef } from "preact/hooks"
import type { Source, Want } from "../data"
import type { Multiples } from "./heads"
import type { Drawn, Plan } from "./layout"
import { type Near, useNear } from "./room"
import { load } from "./sheet"
import type { PictureSay } from "./words"

interface Props {
  many: Multiples
  stack: NonNullable<Plan["stack"]>
  source: Source
  /** Cells of all heads in one request, rather than in one each. */
  wants: Want[]
  near: Near
  say: PictureSay
  onHead: ((head: number | null) => void) | undefined
  matrix: (drawn: Drawn, caption: ComponentChildren) => ComponentChildren
}

export function Heads({ many, stack, source, wants, near, say, onHead, matrix }: Props) {
  const place = useRef<HTMLElement>(null)
  const shown = useNear(place, near, "heads")
  useTogether(source, wants, shown)
  return (
    <section class="heads" ref={place}>
      <h3>{say("picture_all_heads", { n: stack.count })}</h3>
      <div class="multiples">
        {many.drawn.map((drawn, head) => {
          if (!shown) return <div key={head} style={{ width: `${many.frame.width}px`, height: `${many.frame.height + TITLE}px` }} />
          const name = say("picture_head", { n: head })
          const caption = onHead ? (
            <button type="button" class="link" aria-current={head === stack.shown} title={say("picture_show_head", { n: head })} onClick={() => onHead(head)}>
              {name}
            </button>
          ) : (
            name
          )
          return matrix(drawn, caption)
        })}
      </div>
    </section>
  )
}

const TITLE = 26

/** The matrices that need parts of it find it on its way and wait for it: so it is asked for before they are drawn. */
function useTogether(source: Source, wants: Want[], shown: boolean): void {
  const stop = useMemo(() => {
    const controller = new AbortController()
    // Each matrix tells of its own failure.
    if (shown) load(source, wants, controller.signal).catch(() => {})
    return controller
  }, [source, wants, shown])
  useEffect(() => () => stop.abort(new DOMException("left the view", "AbortError")), [stop])
}
