/** The walkthrough on a page: rail and tokens above, then map, picture and explanation, in sync. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks"
import { LazyScene } from "../scene/lazy"
import { Looks } from "../scene/looks"
import { useAbove } from "./above"
import { choice, patternOf } from "./choice"
import { isDifference } from "./compare"
import { useFetched } from "./fetched"
import { useFocusKept } from "./focus"
import { useIntoView } from "./into_view"
import { type Command, listen } from "./keys"
import { usePlay } from "./play"
import { usePrefetch } from "./prefetch"
import { AnswersPane } from "./panes/answers"
import { CellCard } from "./panes/cell"
import { Choosers } from "./panes/choosers"
import { CompareBar } from "./panes/compare"
import { More, WordsPane } from "./panes/explanation"
import { GuessCard, isInside, mayWait, waits } from "./panes/guess"
import { Help } from "./panes/help"
import { Map } from "./panes/map"
import { Peek } from "./panes/peek"
import { PicturePane } from "./panes/picture_pane"
import { Rail } from "./panes/rail"
import { NoCounterpart } from "./panes/three"
import { Tip } from "./panes/tip"
import { Title } from "./panes/title"
import { Tokens } from "./panes/tokens"
import { WritingPane, WritingRests } from "./panes/writing"
import { useSelected, useSignal } from "./signal"
import { speaker } from "./ui"
import { headOf, heads, isBeside, opens as opensChapter, stageNow, stepNow, tokenOf, tourOf } from "./view"
import type { Walk } from "./walk"

export function App({ walk }: { walk: Walk }) {
  const { manifest, source, view, compared } = useSignal(walk.state)
  const say = useMemo(() => speaker(manifest.ui), [manifest])
  const stage = stageNow(view, manifest)
  const step = stepNow(view, manifest)
  const chapter = manifest.chapters[step.chapter]!
  const head = headOf(view, manifest)
  const token = tokenOf(view, manifest)
  // Another look at a stage has its own words, in the picture.
  const isStage = step.show === "stage"
  const page = useFetched(
    `${manifest.trace} ${manifest.language} ${stage.name}`,
    () => source.peekPage(stage.name),
    (signal) => source.page(stage.name, signal),
  )
  const pattern = head === null ? patternOf(manifest, stage)?.name : undefined
  const patternPage = useFetched(
    pattern === undefined ? null : `${manifest.trace} ${manifest.language} ${pattern}`,
    () => source.peekPage(pattern!),
    (signal) => source.page(pattern!, signal),
  )
  // Which head to show is not guessed while it is being asked.
  const known = pattern === undefined || patternPage.value !== undefined || patternPage.error !== undefined
  const hasCells = isStage || view.space
  const soft = useMemo(
    () => (hasCells && known ? choice(view, manifest, page.value, patternPage.value) : null),
    [manifest, view.step, view.guesses, hasCells, known, page.value, patternPage.value, head, token],
  )
  const shown = useMemo(() => (view.pin || !soft ? view : { ...view, pin: soft }), [view, soft])
  const differs = isDifference(manifest)
  const asks = view.guesses && isStage && !differs
  const guess = asks ? page.value?.guess : null
  const fresh = useSelected(walk.writing.state, ({ growth }) => growth?.first ?? null)
  const asking = useSignal(walk.asking)
  const waiting = useSelected(walk.guessed, (guessed) => waits(guess, guessed, asking))
  const isAsked = waiting && isInside(guess!, stage.name)
  const unknown = asks && !page.value && !page.error
  const mayBeAsked = useSelected(walk.guessed, (guessed) => unknown && mayWait(stage, guessed))
  const covered = isAsked || mayBeAsked
  // What was typed in is not computed: it has no formula.
  const formula = isStage && stage.op !== "input" ? (manifest.formulas[stage.formula] ?? "") : ""
  const opens = opensChapter(view, manifest)
  const skips = tourOf(view, manifest) === "short" && chapter.layer === 1 && opens
  const root = useRef<HTMLElement>(null)
  const shared = { manifest, walk, say }
  // A stage is a block in the scene. What is read off it is a table there, too, and stands under the scene.
  const parts: Part[] = view.space ? (isStage ? ["scene"] : ["scene", "picture"]) : ["picture"]
  const painted = useReady(root, `${manifest.trace} ${view.step} ${view.space}`, parts)

  usePlay(walk, view.step, view.playing, view.pace, waiting)
  usePrefetch(manifest, source, view)
  useKeys(walk)
  useFocusKept(root)
  useIntoView(root, view.step)
  useAbove(root)
  const picture = manifest.unlike?.has(stage.name) ? (
    <NoCounterpart key={stage.name} onReady={painted.picture} say={say} />
  ) : differs && !isStage ? (
    <AnswersPane key={view.step} show={step.show === "loss" ? "loss" : "predict"} compared={compared!} chosen={token} say={say} onToken={(place) => walk.dispatch({ do: "token", token: place })} onReady={painted.picture} />
  ) : (
    <PicturePane manifest={manifest} source={source} walk={walk} view={shown} root={root} onReady={painted.picture} />
  )
  return (
    <section
      class="walk"
      ref={root}
      tabIndex={-1}
      lang={manifest.language}
      aria-label={say("walkthrough")}
      data-glassformer={view.space ? "scene" : "walkthrough"}
      data-stands-in={manifest.stands_in}
      data-stage={stage.name}
      data-layer={stage.layer}
      data-head={head ?? undefined}
      data-token={token ?? undefined}
      data-show={step.show}
    >
      <div class="frame">
        <Rail {...shared} step={view.step} tour={tourOf(view, manifest)} playing={view.playing} pace={view.pace} />
        {manifest.model.weights && <p class="control">{say(`weights_${manifest.model.weights}`)}</p>}
        {compared && <CompareBar {...shared} compared={compared} view={view} />}
        <div class="given">
          <Tokens {...shared} side={stage.side} token={token} fresh={fresh} />
          {/* Of two passes it would not be clear which one is to write. */}
          {compared ? <WritingRests own={compared.sides.this.manifest} walk={walk} say={say} /> : <WritingPane {...shared} root={root} covered={covered} />}
        </div>
        <div class="panes" data-stacks={manifest.sides.length} data-covered={covered}>
          <MapPane title={say("map")}>
            <Map {...shared} step={view.step} />
          </MapPane>
          <div class="stage">
            <div class="scroll" data-scrolls tabIndex={0} role="region" aria-label={say("picture")}>
              <div class="head">
                <Title {...shared} stage={stage} step={view.step} place={page.value?.place} />
                <Looks walk={walk} say={say} space={view.space} />
                <Choosers {...shared} stage={stage} heads={heads(view, manifest)} head={head} />
              </div>
              {guess && <GuessCard key={guess.key} guess={guess} waiting={waiting} {...shared} />}
              {isAsked && <p class="cover">{say("covered")}</p>}
              {view.space ? (
                <>
                  <LazyScene {...shared} source={source} view={shown} root={root} onReady={painted.scene} />
                  {!isStage && <div class="under">{picture}</div>}
                </>
              ) : (
                picture
              )}
            </div>
            {hasCells && <Peek {...shared} source={source} />}
          </div>
          <div class="deeper" data-scrolls tabIndex={0} role="region" aria-label={say("explanation")}>
            <WordsPane
              {...shared}
              chapter={chapter}
              opens={opens}
              page={isStage ? page.value : undefined}
              formula={formula}
              skips={skips}
              beside={isBeside(view, manifest)}
            />
            {page.error && (
              <p role="alert" class="problem">
                {say("problem", { words: page.error })}{" "}
                <button type="button" class="link" onClick={page.retry}>
                  {say("retry")}
                </button>
              </p>
            )}
            <CellCard {...shared} source={source} cell={view.pin ?? soft} soft={!view.pin} trail={view.trail} />
            <More {...shared} chapter={chapter} opens={opens} page={page.value} />
          </div>
        </div>
      </div>
      <Tip manifest={manifest} source={source} walk={walk} root={root} />
      <Help walk={walk} say={say} guesses={view.guesses} space={view.space} />
      <p class="unseen" role="status">
        {`${stage.title}. ${firstSentence(page.value?.words[0]?.map(({ t }) => t).join("") ?? "")}`}
      </p>
    </section>
  )
}

type Part = "scene" | "picture"

/** `data-ready` tells whether the step that is shown is painted. Each part calls the function of its name. */
function useReady(root: { current: HTMLElement | null }, step: string, parts: Part[]): Record<Part, () => void> {
  const now = useRef({ step, parts })
  const painted = useRef({ scene: "", picture: "" })
  now.current = { step, parts }
  const tell = useCallback(() => {
    const { step, parts } = now.current
    if (root.current) root.current.dataset.ready = String(parts.every((part) => painted.current[part] === step))
  }, [root])
  // A part may have called already: what is inside is drawn before what is around it.
  useLayoutEffect(tell, [step])
  return useMemo(() => {
    const of = (part: Part) => () => {
      painted.current[part] = now.current.step
      tell()
    }
    return { scene: of("scene"), picture: of("picture") }
  }, [tell])
}

function useKeys(walk: Walk): void {
  useEffect(() => {
    const on = (command: Command): boolean => {
      if (command.do === "help") {
        walk.help.value = true
        return true
      }
      if (command.do === "toggle-space") return walk.dispatch({ do: "space", on: !walk.state.value.view.space })
      if (command.do === "toggle-play") return walk.dispatch({ do: "play", on: !walk.state.value.view.playing })
      return walk.dispatch(command)
    }
    return listen(on)
  }, [walk])
}

function firstSentence(text: string): string {
  return /^.*?[.。!?！？](?=\s|$)/s.exec(text)?.[0] ?? text
}

/** Beside the picture where there is room for it, folded away where there is not. */
function MapPane({ title, children }: { title: string; children: preact.ComponentChildren }) {
  const pane = useRef<HTMLDetailsElement>(null)
  const [open, setOpen] = useState(true)
  useLayoutEffect(() => {
    const walk = pane.current!.closest<HTMLElement>(".walk")!
    let wide: boolean | null = null
    const watch = new ResizeObserver(() => {
      const now = walk.clientWidth >= 1040
      if (now !== wide) setOpen(now)
      wide = now
    })
    watch.observe(walk)
    return () => watch.disconnect()
  }, [])
  return (
    <details class="side-map" ref={pane} open={open} onToggle={() => setOpen(pane.current!.open)}>
      <summary>{title}</summary>
      {children}
    </details>
  )
}
