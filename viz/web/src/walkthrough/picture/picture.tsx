/** The picture of a step: the matrices it reads, the one it makes, and how they belong together. */
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks"
import type { Source } from "../data"
import { stageNamed } from "../places"
import { around, headOf, stageNow, stepNow, tokenOf } from "../view"
import type { CellRef, View } from "../view"
import type { Manifest } from "../types"
import { firstLenses, firstWants, headWants } from "./ahead"
import { AFTER } from "../prefetch"
import { Board } from "./board"
import { fit, type Room } from "./fit"
import { multiples } from "./heads"
import type { Theme } from "./inks"
import { type Drawn, plan } from "./layout"
import { Heads } from "./multiples"
import { Matrix, type Hands } from "./matrix"
import { ReadoutPicture } from "./readout"
import { type Near, useMedia, useRoom } from "./room"
import { Scalar } from "./scalar"
import { Arranged } from "./arranged"
import { Strip } from "./strip"
import { stripOf } from "./strips"
import { hasTops, Tops } from "./tops"
import { pictureSpeaker } from "./words"

export interface PictureProps {
  manifest: Manifest
  view: View
  source: Source
  theme: Theme
  /** Cells to outline: what the pinned cell was made of. */
  lit: readonly CellRef[]
  /** A whole tensor to outline: the one that a phrase under the pointer names. */
  litName?: string | null
  /** A cell that is pointed at elsewhere on the page. */
  peek: CellRef | null
  /** Pointer or cursor is on a cell, or has left. */
  onPeek: Hands["onPeek"]
  /** A cell was clicked, or Enter pressed on it. */
  onPin: (cell: CellRef) => void
  /** The label of a token was clicked. */
  onToken: (token: number | null) => void
  onHead?: (head: number | null) => void
  onRange?: (range: View["range"]) => void
  /** The step that is shown now is painted, with all its numbers. */
  onReady: () => void
  ui: Readonly<Record<string, string>>
}

export function Picture(props: PictureProps) {
  const { manifest, view, ui, onReady } = props
  const say = useMemo(() => pictureSpeaker(ui), [ui])
  const step = stepNow(view, manifest)
  const outer = useRef<HTMLDivElement>(null)
  const room = useRoom(outer)
  // For the bench: what was fetched, on the root of the component.
  useLayoutEffect(() => {
    Object.assign(outer.current!.closest("[data-glassformer]") ?? {}, { stats: props.source.stats })
  }, [props.source])
  return (
    <div class="picture" ref={outer}>
      {step.show === "stage" ? (
        room && <StagePicture {...props} room={room} say={say} />
      ) : (
        <ReadoutPicture manifest={manifest} source={props.source} view={view} show={step.show} say={say} onToken={props.onToken} onReady={onReady} />
      )}
    </div>
  )
}

type StageProps = PictureProps & { room: Room; say: ReturnType<typeof pictureSpeaker> }

function StagePicture(props: StageProps) {
  const { manifest, view, source, lit, peek, onReady, room, say, litName = null } = props
  const { dark, inks } = props.theme
  const stage = stageNow(view, manifest)
  const chosen = headOf(view, manifest)
  // Without a chosen head, the head of the pinned cell is worked out, or the first one.
  const pinned = view.pin?.name === stage.name ? (view.pin.index[stage.axes.findIndex((axis) => axis.endsWith("head"))] ?? null) : null
  const head = chosen ?? pinned
  const drawing = useMemo(() => plan(manifest, stage, head), [manifest, stage, head])
  const sizes = useMemo(() => fit(drawing, room), [drawing, room])
  const many = useMemo(() => (chosen === null ? multiples(drawing, room) : null), [drawing, room, chosen])
  const together = useMemo(() => headWants(drawing, chosen, room), [drawing, chosen, room])
  const strip = useMemo(() => stripOf(manifest, stage), [manifest, stage])

  const ready = useRef(onReady)
  ready.current = onReady
  const board = useMemo(() => {
    const made = new Board(() => ready.current())
    for (const [key, lens] of firstLenses([...drawing.operands, drawing.output], sizes.cells)) made.lenses.set(key, lens)
    if (many) for (const [key, lens] of firstLenses(many.drawn.slice(0, 1), many.cells, MANY)) made.lenses.set(key, lens)
    return made
  }, [drawing, sizes, many, source])
  const near = useRef<Near>({ heads: false, strip: false }).current

  useLayoutEffect(() => board.complete(), [board, view.step])
  useEffect(() => {
    let isHere = true
    const ahead = async () => {
      const next = around(view, manifest)
      const readout = next.some((step) => readsOut(manifest, step)) ? source.readout() : null
      const wants = await Promise.all(next.map((step) => firstWants(manifest, source, { ...view, step, pin: null }, room, near)))
      if (isHere) source.prefetch(wants.flat())
      await readout
    }
    // It is only fetched ahead: what fails here is told when it is shown.
    const timer = setTimeout(() => ahead().catch(() => {}), AFTER)
    return () => {
      isHere = false
      clearTimeout(timer)
    }
  }, [manifest, source, view.step, view.tour, view.guesses, view.head, view.token, room])

  const forced = useMedia("(forced-colors: active)")
  const hands = useHands(props)
  const scores = useMemo(
    () => new Map([drawing.output, ...drawing.operands].map((drawn) => [drawn, scoresOf(manifest, drawn)])),
    [manifest, drawing],
  )
  const token = tokenOf(view, manifest)
  const mark = useMemo(() => (token === null ? null : { tokens: stage.side, place: token }), [token, stage.side])
  const shared = { manifest, source, board, dark, inks, range: view.range, lit, pin: view.pin, peek, hands, say, forced, chosen: mark }
  const rangeWord = props.ui[view.range === "full" ? "robust_range" : "full_range"] ?? ""
  const matrix = (drawn: Drawn) =>
    drawn.role === "scalar" ? (
      <Scalar key={drawn.name} drawn={drawn} source={source} />
    ) : (
      <Matrix
        {...shared}
        drawn={drawn}
        frame={sizes.frames.get(drawn)!}
        prefix=""
        glow={litName === drawn.name}
        scores={scores.get(drawn) ?? null}
        rangeWord={rangeWord}
        emphasis={drawn.role === "output"}
      />
    )
  const titleOf = (name: string) => manifest.stages.find((other) => other.name === name)?.title ?? name
  return (
    <>
      {hasTops(manifest, stage) && (
        <Tops source={source} stage={stage} current={queryOf(props, stage.name)} say={say} onPin={props.onPin} onToken={props.onToken} />
      )}
      <Arranged stage={stage} plan={drawing} fit={sizes} matrix={matrix} say={say} />
      {stage.same_as && <p class="aside">{say("picture_same_as", { name: stage.same_as, title: titleOf(stage.same_as) })}</p>}
      {drawing.left_out.length > 0 && (
        <p class="aside">{say("picture_left_out", { n: drawing.left_out.length, names: drawing.left_out.slice(0, 4).join(", ") })}</p>
      )}
      {many && (
        <Heads
          many={many}
          stack={drawing.stack!}
          say={say}
          onHead={props.onHead}
          near={near}
          wants={together}
          source={source}
          matrix={(drawn, caption) => (
            <Matrix
              key={JSON.stringify(drawn.fixed)}
              {...shared}
              drawn={drawn}
              frame={many.frame}
              prefix={MANY}
              glow={false}
              scores={scores.get(drawing.output) ?? null}
              rangeWord=""
              emphasis={false}
              caption={caption}
              small
            />
          )}
        />
      )}
      {strip && (
        <Strip
          manifest={manifest}
          source={source}
          parts={strip}
          head={head ?? 0}
          token={queryOf(props, stage.name)}
          dark={dark}
          range={view.range}
          say={say}
          onPin={props.onPin}
          onToken={props.onToken}
          near={near}
        />
      )}
    </>
  )
}

const MANY = "many:"

function readsOut(manifest: Manifest, step: number): boolean {
  const { show, stage } = manifest.steps[step]!
  return show !== "stage" || hasTops(manifest, manifest.stages[stage]!)
}

/** The token that looks: the chosen one, or that of the pinned cell. */
function queryOf({ manifest, view }: PictureProps, name: string): number | null {
  const stage = stageNow(view, manifest)
  const axis = stage.axes.findIndex((one) => one === "query" || one === "position")
  const pinned = view.pin?.name === name ? (view.pin.index[axis] ?? null) : null
  return tokenOf(view, manifest) ?? pinned
}

/** A pattern's zeros are masked where the scores it was made of are -inf. */
function scoresOf(manifest: Manifest, drawn: Drawn): Drawn | null {
  const stage = stageNamed(manifest, drawn.name)
  const made = stage?.kind === "probability" && stage.axes.includes("query") && stage.axes.includes("key") ? stage.reads[0] : undefined
  return made === undefined ? null : { ...drawn, name: made, kind: "signed" }
}

/** One object as long as the page's own hands stay the same, so that matrices need not listen anew. */
function useHands({ onPeek, onPin, onToken, onRange }: PictureProps): Hands {
  return useMemo(() => ({ onPeek, onPin, onToken, onRange }), [onPeek, onPin, onToken, onRange])
}
