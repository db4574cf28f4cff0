/** How the next token is chosen: the settings, and the likeliest tokens with their chances after each filter. */
import { useState } from "preact/hooks"
import { percent } from "../picture/readout"
import { useFetched } from "../fetched"
import { FIELDS, outside } from "../how"
import { memo } from "../memo"
import { useSignal } from "../signal"
import type { Choice, Manifest } from "../types"
import type { Say, Word } from "../ui"
import type { Walk } from "../walk"
import { asked } from "../writing"

interface Props {
  manifest: Manifest
  walk: Walk
  say: Say
  covered: boolean
}

export const Candidates = memo((props: Props) => {
  const [open, setOpen] = useState(false)
  const keyed = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open) return
    event.stopPropagation() // the pinned cell stays
    setOpen(false)
    ;(event.currentTarget as HTMLElement).querySelector("summary")!.focus()
  }
  return (
    <details class="how" open={open} onToggle={(event) => setOpen(event.currentTarget.open)} onKeyDown={keyed}>
      <summary>{props.say("write_how")}</summary>
      {open && <Panel {...props} />}
    </details>
  )
})

function Panel({ manifest, walk, say, covered }: Props) {
  const { how } = useSignal(walk.writing.state)
  const { source } = useSignal(walk.state)
  const query = asked(how, manifest)
  const wrong = outside(how)
  const missing = manifest.missing !== undefined
  const found = useFetched(
    missing || covered || wrong ? null : `${source.id} ${JSON.stringify(query)}`,
    () => source.peekNext(query),
    (signal) => source.next(query, signal),
    150,
  )
  return (
    <div class="panel">
      <div class="fields">
        {FIELDS.map(({ name, low, high, step }) => (
          <label key={name}>
            {say(`write_${name}`)}
            <input
              type="number"
              min={low}
              max={high}
              step={step}
              name={name}
              aria-invalid={wrong?.name === name}
              value={how[name]}
              onInput={(event) => walk.writing.setHow({ [name]: event.currentTarget.value })}
            />
          </label>
        ))}
      </div>
      <p class="quiet">{say("write_how_help")}</p>
      {missing && <p>{manifest.missing}</p>}
      {covered && <p>{say("covered")}</p>}
      {found.error && <p role="alert">{say("problem", { words: found.error })}</p>}
      {found.value && <Table choice={found.value} say={say} comes={manifest.writing?.state !== "ended" && manifest.writing?.state !== "full"} />}
    </div>
  )
}

/** comes: whether it will be written; behind an end, or without room, it only would be. */
function Table({ choice, say, comes }: { choice: Choice; say: Say; comes: boolean }) {
  return (
    <div class="wide" tabIndex={0} role="region" aria-label={say("write_how")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{say("write_token")}</th>
            {choice.filters.map(({ name }) => (
              <th key={name} scope="col">
                {say(`write_after_${name}` as Word)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {choice.rows.map(({ id, piece, probs }) => (
            <tr key={id} data-id={id} data-drawn={id === choice.drawn}>
              <th scope="row">
                <bdi>{piece}</bdi>
                {id === choice.drawn && <em> {say(comes ? "write_chosen" : "write_would")}</em>}
              </th>
              {probs.map((prob, i) => (
                <td key={i} data-prob={prob} data-out={prob === 0}>
                  <span style={{ "--share": prob }}>{percent(prob)}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" />
            {choice.filters.map(({ name, kept }) => (
              <td key={name}>{say("write_left", { n: kept.toLocaleString("en") })}</td>
            ))}
          </tr>
        </tfoot>
      </table>
      {choice.stop && <p>{say("write_end")}</p>}
    </div>
  )
}
