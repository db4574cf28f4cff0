/** Letting the model write: one token, or one after the other; how it is chosen, and what stayed the same. */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks"
import { flight, FLIGHT } from "../flight"
import { outside } from "../how"
import { memo } from "../memo"
import { useSignal } from "../signal"
import type { Grown, Manifest, WritingInfo } from "../types"
import type { Say } from "../ui"
import type { Walk } from "../walk"
import { type Growth, type Spot, type Writing } from "../writing"
import { Candidates } from "./candidates"
import { isolated } from "./tokens"

interface Props {
  manifest: Manifest
  walk: Walk
  say: Say
  root: { current: HTMLElement | null }
  /** A question about what comes next waits for its answer. */
  covered: boolean
}

/** Nothing where the model has no next token, or the page has nobody to run it. */
export const WritingPane = memo((props: Props) => {
  const { manifest, walk } = props
  return manifest.writing && walk.writing.tell ? <Row {...props} info={manifest.writing} /> : null
})

/** In the place of the buttons while two passes are compared. own: of the pass that could write. */
export const WritingRests = memo(({ own, walk, say }: { own: Manifest; walk: Walk; say: Say }) => {
  return own.writing && walk.writing.tell ? <p class="rests quiet">{say("write_compared")}</p> : null
})

function Row({ manifest, walk, say, root, covered, info }: Props & { info: WritingInfo }) {
  const { writing } = walk
  const state = useSignal(writing.state)
  const button = useRef<HTMLButtonElement>(null)
  const { growth, running } = state
  const wrong = outside(state.how)
  const ready = !wrong && info.state === "ready" && !state.waiting
  useFlight(growth, root, button)
  useHidden(writing, running)
  return (
    <div class="writing" role="group" aria-label={say("write")} data-written={info.written.length} data-waiting={state.waiting}>
      <button ref={button} type="button" aria-disabled={!ready || running} onClick={() => ready && !running && void writing.next()}>
        {say("write_next")}
      </button>
      {running ? (
        <button type="button" onClick={() => writing.stop()}>
          {say("write_stop")}
        </button>
      ) : (
        <button type="button" aria-disabled={!ready} onClick={() => ready && writing.on()}>
          {say("write_on")}
        </button>
      )}
      <button type="button" aria-disabled={!info.written.length} onClick={() => writing.back()}>
        {say("write_back")}
      </button>
      <Candidates manifest={manifest} walk={walk} say={say} covered={covered} />
      <p class="told" role="status" onMouseEnter={({ currentTarget: told }) => void (told.title = told.textContent ?? "")}>
        {state.waiting && <span class="quiet">{say("loading")} </span>}
        {info.state === "full" && <span>{say("write_full", { n: info.longest })} </span>}
        {info.state === "ended" && <span data-ended>{say("write_ended", { token: isolated(info.end ?? "") })} </span>}
        {info.state === "missing" && <span>{say("write_missing")} </span>}
        {growth && (
          <span data-grown={growth.first}>{say("write_grown", { n: growth.first, token: isolated(growth.piece) })} </span>
        )}
        {growth?.kept && <Kept kept={growth.kept} say={say} />}
        {wrong && <span class="bad">{say("write_range", { what: say(`write_${wrong.name}`), low: wrong.low, high: wrong.high })}</span>}
        {state.problem && <span class="bad">{say("problem", { words: state.problem })}</span>}
      </p>
    </div>
  )
}

/** The legend of what is lit as cached; and what a cache could not keep. */
function Kept({ kept, say }: { kept: Grown; say: Say }) {
  const [same, changed] = [Object.keys(kept.kept), Object.keys(kept.changed)]
  return (
    <span data-kept={same.length} data-changed={changed.length}>
      {same.length > 0 && (
        <>
          <i class="cached" aria-hidden="true" /> {say("write_cached", { n: same.length })}{" "}
        </>
      )}
      {changed.length > 0 && say("write_changed", { m: changed.length, n: same.length + changed.length, name: changed[0]! })}
    </span>
  )
}

/** The token flies to its place in the row of tokens; where motion is unwanted it is simply there. */
function useFlight(growth: Growth | null, root: { current: HTMLElement | null }, button: { current: HTMLElement | null }): void {
  const first = growth?.first
  useLayoutEffect(() => {
    const place = root.current?.querySelector<HTMLElement>(".token-row:last-child .chip:last-child")
    if (!growth || !place || !root.current) return
    const row = place.parentElement!
    row.scrollTop = row.scrollHeight
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return
    const made = fly(growth, root.current, growth.from ?? middle(button.current!), middle(place))
    return () => made.cancel()
    // The growth is told of again when it is known what stayed: that is no second flight.
  }, [first, root])
}

function fly({ piece }: Growth, root: HTMLElement, from: Spot, to: Spot): Animation {
  const token = document.createElement("span")
  token.className = "flying"
  token.ariaHidden = "true"
  token.textContent = piece
  root.append(token)
  const origin = root.getBoundingClientRect()
  const way = flight(from, to).map(({ x, y }) => ({
    transform: `translate(${x - origin.left}px, ${y - origin.top}px) translate(-50%, -50%)`,
  }))
  const animation = token.animate(way, { duration: FLIGHT })
  animation.onfinish = animation.oncancel = () => token.remove()
  return animation
}

function middle(element: HTMLElement): Spot {
  const { left, right, top, bottom } = element.getBoundingClientRect()
  return { x: (left + right) / 2, y: (top + bottom) / 2 }
}

/** Nothing is written while nobody looks. */
function useHidden(writing: Writing, running: boolean): void {
  useEffect(() => {
    if (!running) return
    const hide = () => document.hidden && writing.stop()
    document.addEventListener("visibilitychange", hide)
    return () => document.removeEventListener("visibilitychange", hide)
  }, [writing, running])
}
