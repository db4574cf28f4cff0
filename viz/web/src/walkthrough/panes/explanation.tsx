/** What a stage is, in words, as a formula, as code and as pseudocode. */
import { useState } from "preact/hooks"
import { memo } from "../memo"
import { placed } from "../places"
import { remember, remembered } from "../prefs"
import { rove } from "../rove"
import type { ChapterInfo, ChapterText, Manifest, StagePage } from "../types"
import type { Say } from "../ui"
import type { Walk } from "../walk"
import { Code } from "./code"
import { Formula } from "./formula"
import { Pseudo } from "./pseudo"
import { Words } from "./words"

interface WordsProps {
  manifest: Manifest
  walk: Walk
  say: Say
  chapter: ChapterInfo
  /** Whether this is the first step of the chapter. */
  opens: boolean
  page: StagePage | undefined
  /** The formula as the manifest has it, so that it is there before the page is; "" where nothing is computed. */
  formula: string
  /** Whether the short tour leaves out the blocks that follow. */
  skips: boolean
  /** Whether this step is not one of the short tour. */
  beside: boolean
}

export const WordsPane = memo(({ manifest, walk, say, chapter, opens, page, formula, skips, beside }: WordsProps) => {
  const text = manifest.texts[chapter.key]
  return (
    <div class="words">
      {beside && (
        <p class="skips">
          {say("tour_beside")}{" "}
          <button type="button" class="link" onClick={() => walk.dispatch({ do: "tour", tour: "all" })}>
            {say("tour_all", { n: manifest.steps.length })}
          </button>
        </p>
      )}
      {chapter.first === 0 && <About model={manifest.model} />}
      {opens && text && (
        <div class="lead">
          <Intro text={text} chapter={chapter} manifest={manifest} walk={walk} />
        </div>
      )}
      {page && <Words paragraphs={page.words} manifest={manifest} walk={walk} />}
      {page && page.facts.length > 0 && (
        <div class="facts">
          <Words paragraphs={page.facts} manifest={manifest} walk={walk} />
        </div>
      )}
      {formula && (
        <div role="group" aria-label={say("formula")}>
          <Formula latex={page?.formula || formula} />
        </div>
      )}
      {skips && <p class="skips">{say("tour_skips", { n: blocksAfter(manifest, chapter) })}</p>}
    </div>
  )
})

/** What the model is for, in the words of its card. */
function About({ model: { title, subtitle } }: { model: Manifest["model"] }) {
  if (!subtitle) return null
  return (
    <p class="about">
      <b>{title}.</b> {subtitle}
    </p>
  )
}

/** How many blocks of its stack come after the first one. */
function blocksAfter({ sides }: Manifest, { side }: ChapterInfo): number {
  return (sides.find(({ name }) => name === side) ?? sides[0]!).n_layers - 1
}

const TABS = ["chapter", "code", "pseudocode"] as const
type Tab = (typeof TABS)[number]

interface MoreProps {
  manifest: Manifest
  walk: Walk
  say: Say
  chapter: ChapterInfo
  opens: boolean
  page: StagePage | undefined
}

/** What goes deeper: one at a time, and the same one on the next step. */
export const More = memo(({ manifest, walk, say, chapter, opens, page }: MoreProps) => {
  const [tab, setTab] = useState<Tab>(() => TABS.find((one) => one === remembered("tab")) ?? "chapter")
  const choose = (one: Tab) => {
    setTab(one)
    remember("tab", one)
  }
  const text = manifest.texts[chapter.key]
  return (
    <div class="more">
      <div class="tabs" role="tablist" aria-label={say("explanation")} onKeyDown={rove("row")}>
        {TABS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            aria-controls="tab-panel"
            aria-selected={one === tab}
            tabIndex={one === tab ? 0 : -1}
            data-rove
            onClick={() => choose(one)}
            onFocus={() => choose(one)}
          >
            {say(one)}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`}>
        {tab === "chapter" && text && (
          <Chapter text={text} chapter={chapter} intro={!opens} manifest={manifest} walk={walk} say={say} />
        )}
        {tab === "code" && page && <Code code={page.code} say={say} />}
        {tab === "pseudocode" && page && <Pseudo pseudo={page.pseudo} say={say} />}
      </div>
    </div>
  )
})

function Intro({ text, chapter, manifest, walk }: Pick<ChapterProps, "text" | "chapter" | "manifest" | "walk">) {
  return (
    <>
      <h3>{text.title}</h3>
      <Words paragraphs={placed(text.intro, chapter)} manifest={manifest} walk={walk} />
    </>
  )
}

interface ChapterProps {
  text: ChapterText
  chapter: ChapterInfo
  /** Where the chapter opens, its introduction stands above the words. */
  intro: boolean
  manifest: Manifest
  walk: Walk
  say: Say
}

function Chapter({ text, chapter, intro, manifest, walk, say }: ChapterProps) {
  return (
    <div class="chapter">
      {intro && <Intro text={text} chapter={chapter} manifest={manifest} walk={walk} />}
      {([["once", "at_once"], ["honest", "honest"]] as const).map(
        ([which, title]) =>
          text[which].length > 0 && (
            <div key={which} class={`note ${which}`}>
              <h4>{say(title)}</h4>
              <Words paragraphs={placed(text[which], chapter)} manifest={manifest} walk={walk} />
            </div>
          ),
      )}
    </div>
  )
}
