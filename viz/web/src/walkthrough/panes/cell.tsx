/** The card of a cell: its value, where it is, what it is made of, and what reads it. */
import type { RefObject } from "preact"
import { useEffect, useRef } from "preact/hooks"
import { exact, parsed, short, signed } from "../../format"
import type { Source } from "../data"
import { type Fetched, useFetched } from "../fetched"
import { memo } from "../memo"
import { axesOf, stageNamed } from "../places"
import type { Explanation, Index, JsonNumber, Manifest } from "../types"
import type { Say } from "../ui"
import type { CellRef } from "../view"
import type { Walk } from "../walk"
import { Formula } from "./formula"
import { Readers } from "./readers"
import { Three, WhatIf } from "./three"
import { Terms } from "./terms"
import { Trail } from "./trail"

/** Terms that come with the first answer. */
export const TERMS = 50

export interface CellProps {
  manifest: Manifest
  source: Source
  walk: Walk
  say: Say
  /** null while nobody knows yet which cell to show. */
  cell: CellRef | null
  /** Chosen for the person, not by the person. */
  soft: boolean
  trail: CellRef[]
}

export const CellCard = memo(({ manifest, source, walk, say, cell, soft, trail }: CellProps) => {
  const isStage = cell !== null && stageNamed(manifest, cell.name) !== undefined
  const explained = useExplanation(source, manifest, isStage ? cell : null)
  const held = useValue(source, manifest, isStage && !manifest.missing ? null : cell)
  const card = useRef<HTMLElement>(null)
  useHeadInView(card, trail)
  if (!cell) return null
  const explanation = explained.value
  const text = explanation?.text ?? valueText(source, manifest, cell) ?? held.value ?? ""
  return (
    <section
      class="cell"
      ref={card}
      aria-label={say("cell")}
      tabIndex={-1}
      data-home
      data-pinned={soft ? "soft" : "true"}
      data-name={cell.name}
      data-index={cell.index.join(",")}
      data-value={text}
    >
      <header>
        <b>{say(soft ? "cell_chosen" : "cell_pinned")}</b>
        {soft ? (
          <span class="quiet">{say("pin_hint")}</span>
        ) : (
          <button type="button" class="link" onClick={() => walk.dispatch({ do: "unpin" })}>
            {say("unpin")}
          </button>
        )}
      </header>
      {trail.length > 0 && <Trail trail={trail} cell={cell} walk={walk} say={say} />}
      <p class="reading">
        <code>{cellName(cell)}</code>
        <strong>{text === "" ? "…" : signed(text)}</strong>
      </p>
      <p class="places">
        {(explanation?.places ?? bare(manifest, cell)).map(([axis, words]) => (
          <span
            key={axis}
            title={manifest.axes[axis]?.title}
            style={{ "--axis": manifest.axes[axis]?.colour ?? "currentColor" }}
          >
            <b>{axisName(manifest, axis)}</b> {words}
          </span>
        ))}
      </p>
      <Three walk={walk} cell={cell} say={say} />
      <Problem answer={explained} say={say} missing={manifest.missing} />
      {!isStage && <p>{say("weight")}</p>}
      {explanation && (
        <>
          {explanation.worked && (
            <div class="worked" role="region" tabIndex={0} data-scrolls aria-label={say("worked")}>
              <Formula latex={explanation.worked} />
            </div>
          )}
          {explanation.words && <p class="quiet">{explanation.words}</p>}
          <Terms
            key={cellName(cell)}
            explanation={explanation}
            source={source}
            manifest={manifest}
            walk={walk}
            say={say}
          />
        </>
      )}
      <WhatIf walk={walk} cell={cell} say={say} />
      {isStage && <Readers key={cellName(cell)} cell={cell} source={source} walk={walk} say={say} />}
    </section>
  )
})

/** Who steps into a term far down the list, or back along the trail, sees the beginning of what is shown then. */
function useHeadInView(card: RefObject<HTMLElement>, trail: CellRef[]): void {
  const before = useRef(trail)
  useEffect(() => {
    const stepped = trail.length > 0 || before.current.length > 0
    if (stepped && before.current !== trail) card.current?.querySelector("header")?.scrollIntoView({ block: "nearest" })
    before.current = trail
  }, [trail])
}

export function useExplanation(
  source: Source,
  manifest: Manifest,
  cell: CellRef | null,
  delay = 0,
): Fetched<Explanation> {
  const asked = cell && !manifest.missing ? cell : null
  return useFetched(
    asked && `${manifest.trace} ${manifest.language} ${cellName(asked)}`,
    () => source.peekExplain(asked!.name, asked!.index, TERMS),
    (signal) => source.explain(asked!.name, asked!.index, TERMS, signal),
    delay,
  )
}

/** The number in a cell that nothing computes, or that nobody can work out. */
function useValue(source: Source, manifest: Manifest, cell: CellRef | null): Fetched<string> {
  return useFetched(
    cell && `${manifest.trace} ${cellName(cell)}`,
    () => cell && valueText(source, manifest, cell),
    async (signal) => exact((await source.cells(cell!.name, ranges(manifest, cell!), signal)).values[0]!),
  )
}

/** As the source holds it, or nothing. */
export function valueText(source: Source, manifest: Manifest, cell: CellRef): string | undefined {
  const found = source.peekCells(cell.name, ranges(manifest, cell))
  return found ? exact(found.values[0]!) : undefined
}

export function ranges(manifest: Manifest, cell: CellRef): Record<string, number> {
  return Object.fromEntries(axesOf(manifest, cell.name).map((axis, i) => [axis, cell.index[i]!]))
}

/** Without the explanation in brackets that the title has where the axis is met first. */
export function axisName(manifest: Manifest, axis: string): string {
  return (manifest.axes[axis]?.title ?? axis).replace(/\s*[（(].*[)）]$/, "")
}

function bare(manifest: Manifest, cell: CellRef): [string, string][] {
  return axesOf(manifest, cell.name).map((axis, i) => [axis, String(cell.index[i])])
}

function Problem({ answer, say, missing }: { answer: Fetched<unknown>; say: Say; missing: string | undefined }) {
  if (missing) return <p class="quiet">{missing}</p>
  if (!answer.error) return null
  return (
    <p role="alert" class="problem">
      {say("problem", { words: answer.error })}{" "}
      <button type="button" class="link" onClick={answer.retry}>
        {say("retry")}
      </button>
    </p>
  )
}

export function cellName({ name, index }: { name: string; index: Index }): string {
  return `${name}[${index.join(", ")}]`
}

/** "attn.q" of "blocks.0.attn.q": enough beside others of the same block. */
export function shortName(name: string): string {
  return name.replace(/^(encoder\.|decoder\.)?blocks\.\d+\./, "")
}

export function number(value: JsonNumber, digits = 4): string {
  return short(parsed(value), digits)
}

/** For `data-value`: all digits. */
export function digits(value: JsonNumber): string {
  return typeof value === "number" ? exact(value) : value
}
