/** What stands around the walkthrough in a file: which model, which language, light or dark, what it holds. */
import { useState } from "preact/hooks"
import { remember, remembered } from "../walkthrough/prefs"
import type { About } from "./types"

const LOOKS = ["system", "light", "dark"] as const
type Look = (typeof LOOKS)[number]

export function wear(look: string | null): void {
  document.documentElement.dataset.look = LOOKS.includes(look as Look) ? look! : "system"
}

export function Frame({ about, first, onLanguage }: { about: About; first: string; onLanguage: (code: string) => void }) {
  const [language, setLanguage] = useState(first)
  const [look, setLook] = useState(remembered("look") ?? "system")
  const { title, words, holds, lacks } = about.said[language]!
  const speak = (code: string) => {
    setLanguage(code)
    onLanguage(code)
  }
  const dress = (chosen: Look) => {
    setLook(chosen)
    wear(chosen)
    remember("look", chosen)
  }
  return (
    <header lang={language}>
      <h1>
        Glassformer <small>{title}</small>
      </h1>
      <div class="choices">
        {about.languages.length > 1 && (
          <select aria-label={words.language} value={language} onChange={(event) => speak(event.currentTarget.value)}>
            {about.languages.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        )}
        <select aria-label={words.look} value={look} onChange={(event) => dress(event.currentTarget.value as Look)}>
          {LOOKS.map((one) => (
            <option key={one} value={one}>
              {words[`look_${one}`]}
            </option>
          ))}
        </select>
      </div>
      <details class="about">
        <summary>{words.about}</summary>
        <h2>{words.holds}</h2>
        <List lines={holds} />
        <h2>{words.lacks}</h2>
        <List lines={lacks} />
        <details>
          <summary>{words.licences}</summary>
          <pre tabIndex={0}>{about.licences}</pre>
        </details>
      </details>
    </header>
  )
}

function List({ lines }: { lines: readonly string[] }) {
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  )
}
