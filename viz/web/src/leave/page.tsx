/** The page of a file: the same walkthrough, answered out of the document instead of by a server. */
import { render } from "preact"
import { beginAt } from "../fragment"
import { Source } from "../walkthrough/data"
import { Mounted } from "../walkthrough/mounted"
import { remember, remembered } from "../walkthrough/prefs"
import { Frame, wear } from "./frame"
import { Held } from "./held"
import { opened } from "./passes"
import { placeIn } from "./place"
import type { About } from "./types"

/** Nobody is there: addresses must be whole, that is all. */
const NOWHERE = "http://file.invalid/"

const place = document.getElementById("glassformer")!
const about = JSON.parse(document.getElementById("about")!.textContent) as About
const held = new Held(document)
const mounted = new Mounted()

async function speak(language: string): Promise<void> {
  const said = about.said[language]!
  try {
    const { manifest, told, ask } = await opened(held, language, said.lacking, about.shapes)
    mounted.show(manifest, new Source(NOWHERE, manifest, ask), told, { base: NOWHERE, ask })
    document.documentElement.lang = language
    document.title = `Glassformer: ${said.title}`
  } catch (error) {
    mounted.fail(said.words.damaged.replace("{words}", error instanceof Error ? error.message : String(error)))
    throw error
  }
}

wear(remembered("look"))
beginAt(placeIn(document))
const known = remembered("language")
const first = known !== null && known in about.said ? known : about.languages[0]!.code
const change = (language: string) => {
  remember("language", language)
  void speak(language)
}
const head = document.createElement("div")
const body = document.createElement("main")
body.attachShadow({ mode: "open" }).append(mounted.host)
place.replaceChildren(head, body)
render(<Frame about={about} first={first} onLanguage={change} />, head)
void speak(first)
