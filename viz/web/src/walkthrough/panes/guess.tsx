/** A question before the answer. Revealing it never leads away. */
import { useState } from "preact/hooks"
import { memo } from "../memo"
import type { Guess, Manifest } from "../types"
import type { Say } from "../ui"
import type { Walk } from "../walk"
import { Phrases, Words } from "./words"

interface Props {
  guess: Guess
  manifest: Manifest
  walk: Walk
  say: Say
}

/** -1: revealed without a guess. */
const REVEALED = -1

export const GuessCard = memo(({ guess, manifest, walk, say }: Props) => {
  const [, redraw] = useState(0)
  const given = walk.guessed.get(guess.key)
  const answer = (option: number) => {
    walk.guessed.set(guess.key, option)
    redraw((count) => count + 1)
  }
  return (
    <section class="guess" data-guess={guess.key} aria-label={say("guess")}>
      <header>
        <b>{say("guess")}</b>
        <button type="button" class="link" onClick={() => walk.dispatch({ do: "guesses", on: false })}>
          {say("guess_off")}
        </button>
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
          <>
            {given !== REVEALED && <p class="verdict">{say(given === guess.answer ? "guess_right" : "guess_wrong")}</p>}
            <Words paragraphs={guess.reveal} manifest={manifest} walk={walk} />
          </>
        )}
      </div>
    </section>
  )
})
