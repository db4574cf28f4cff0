/** A question before the answer. Revealing it never leads away. */
import { asked, isPattern } from "../choice"
import { memo } from "../memo"
import { useSelected } from "../signal"
import type { Guess, Manifest, StageInfo } from "../types"
import type { Say } from "../ui"
import type { Walk } from "../walk"
import { Phrases, Words } from "./words"

interface Props {
  guess: Guess
  manifest: Manifest
  walk: Walk
  say: Say
  waiting: boolean
}

/** -1: revealed without a guess. */
const REVEALED = -1

export const GuessCard = memo(({ guess, manifest, walk, say, waiting }: Props) => {
  const given = useSelected(walk.guessed, (all) => all.get(guess.key))
  const folded = useSelected(walk.folded, (all) => all.has(guess.key))
  const open = given !== undefined || waiting
  const answer = (option: number) => {
    walk.guessed.value = new Map(walk.guessed.value).set(guess.key, option)
  }
  if (!open) {
    return (
      <button type="button" class="link again" onClick={() => void (walk.asking.value = guess.key)}>
        {say("guess_again")}
      </button>
    )
  }
  const verdict = given === undefined || given === REVEALED ? "" : say(given === guess.answer ? "guess_right" : "guess_wrong")
  const fold = (on: boolean) => {
    const others = [...walk.folded.value].filter((key) => key !== guess.key)
    walk.folded.value = new Set(on ? [...others, guess.key] : others)
  }
  if (folded && given !== undefined) {
    return (
      <button type="button" class="link again" data-guess={guess.key} aria-expanded={false} onClick={() => fold(false)}>
        {[say("guess"), verdict].filter(Boolean).join(": ")}
      </button>
    )
  }
  return (
    <section class="guess" data-guess={guess.key} aria-label={say("guess")}>
      <header>
        <b>{say("guess")}</b>
        <button type="button" class="link" onClick={() => walk.dispatch({ do: "guesses", on: false })}>
          {say("guess_off")}
        </button>
        {given !== undefined && (
          <button type="button" class="link" onClick={() => fold(true)}>
            {say("close")}
          </button>
        )}
      </header>
      <p>
        <Phrases paragraph={guess.question} manifest={manifest} walk={walk} />
      </p>
      <div class="options">
        {guess.options.map((option, number) => (
          <button
            key={number}
            type="button"
            aria-pressed={given === number}
            data-right={given === undefined ? undefined : number === guess.answer}
            aria-disabled={given !== undefined}
            onClick={() => given === undefined && answer(number)}
          >
            <bdi>{option}</bdi>
          </button>
        ))}
        {given === undefined && (
          <button type="button" class="link" onClick={() => answer(REVEALED)}>
            {say("guess_reveal")}
          </button>
        )}
      </div>
      <div aria-live="polite">
        {given !== undefined && (
          <div data-reveal>
            {verdict && <p class="verdict">{verdict}</p>}
            <Words paragraphs={guess.reveal} manifest={manifest} walk={walk} />
          </div>
        )}
      </div>
    </section>
  )
})

/** Whether a question waits for an answer: the first of its kind does, a later one where a person wants to be asked. */
export function waits(guess: Guess | null | undefined, guessed: ReadonlyMap<string, number>, wanted: string | null): boolean {
  if (!guess || guessed.has(guess.key)) return false
  return wanted === guess.key || !answered(kindOf(guess.key), guessed)
}

/** Whether the answer can be read off the stage itself, which is then covered until somebody has guessed. */
export function isInside(guess: Guess, stage: string): boolean {
  return asked(guess, stage) !== undefined
}

/** Whether a stage may turn out to come with a question whose answer it shows, before its page is here to say so. */
export function mayWait(stage: StageInfo, guessed: ReadonlyMap<string, number>): boolean {
  if (isPattern(stage)) return !answered("look", guessed)
  return stage.axes.join() === "position,d_vocab" && !answered("next", guessed)
}

function answered(kind: string, guessed: ReadonlyMap<string, number>): boolean {
  return [...guessed.keys()].some((key) => kindOf(key) === kind)
}

function kindOf(key: string): string {
  return key.split(":")[0]!
}
