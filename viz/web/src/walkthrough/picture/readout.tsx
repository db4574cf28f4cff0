/** The last two steps: what every position predicts, and how far that is from the token that really comes next. */
import { useLayoutEffect } from "preact/hooks"
import { parsed, short } from "../../format"
import type { Source } from "../data"
import { type Fetched, useFetched } from "../fetched"
import type { Manifest, Readout } from "../types"
import { stepNow, type View } from "../view"
import type { PictureSay } from "./words"

interface Props {
  manifest: Manifest
  source: Source
  view: View
  show: "predict" | "loss"
  say: PictureSay
  onToken: (token: number | null) => void
  onReady: () => void
}

export function ReadoutPicture({ manifest, source, view, show, say, onToken, onReady }: Props) {
  const { value: readout, error: problem } = useReadout(source)
  useLayoutEffect(() => {
    if (readout) onReady()
  }, [readout, show, view.step])

  // Of an encoder: not what comes next, but what stands there.
  const fills = manifest.chapters[stepNow(view, manifest).chapter]!.key === "fill"
  const look = fills ? "readout_fill" : show === "predict" ? "readout_predict" : "readout_loss"
  if (problem) return <p role="alert">{say("picture_error", { problem })}</p>
  if (!readout) return <p>{say("picture_waiting")}</p>
  return (
    <section class="readout">
      <p class="aside">{say(`${look}_help`)}</p>
      {readout.words.map((paragraph, at) => (
        <p key={at}>{paragraph.map(({ t }) => t).join("")}</p>
      ))}
      <div class="scroll" data-scrolls tabIndex={0} role="group" aria-label={say(look)}>
        {show === "predict" ? (
          <Predictions readout={readout} own={fills ? manifest.sides.at(-1)!.ids : null} chosen={view.token} say={say} onToken={onToken} />
        ) : (
          <Losses readout={readout} chosen={view.token} say={say} onToken={onToken} />
        )}
      </div>
    </section>
  )
}

interface TableProps {
  readout: Readout
  chosen: number | null
  say: PictureSay
  onToken: (token: number | null) => void
}

/** What every position predicts, as far as it is here. */
export function useReadout(source: Source): Fetched<Readout> {
  return useFetched(
    `${source.id} readout`,
    () => source.peekReadout(),
    (signal) => source.readout(signal),
  )
}

/** own: the tokens of the input, where each position says its own; null where it says the next one. */
function Predictions({ readout, own, chosen, say, onToken }: TableProps & { own: readonly number[] | null }) {
  const most = Math.max(1, ...readout.rows.map(({ top }) => top.length))
  return (
    <table>
      <caption>{say(own ? "readout_fill" : "readout_predict")}</caption>
      <thead>
        <tr>
          <th scope="col">{say("readout_position")}</th>
          <th scope="col" colSpan={most}>
            {say(own ? "readout_fill_top" : "readout_top", { n: most })}
          </th>
          {!own && <th scope="col">{say("readout_next")}</th>}
        </tr>
      </thead>
      <tbody>
        {readout.rows.map(({ position, piece, top, next, scored }) => (
          <tr key={position} data-scored={scored} aria-current={position === chosen ? "true" : undefined}>
            <Position position={position} piece={piece} onToken={onToken} />
            {Array.from({ length: most }, (_, rank) => {
              const one = top[rank]
              if (!one) return <td key={rank} />
              const right = one.id === (own ? own[position] : next?.id)
              return (
                <td key={rank} class={right ? "right" : ""}>
                  <Bar share={one.prob} />
                  <bdi>{one.piece}</bdi> <span class="share">{percent(one.prob)}</span>
                  {right && <span class="unseen"> {say(own ? "readout_there" : "readout_next")}</span>}
                </td>
              )
            })}
            {!own && <Next next={next} say={say} />}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Next({ next, say }: { next: Readout["rows"][number]["next"]; say: PictureSay }) {
  return (
    <td>
      {next ? (
        <>
          <bdi>{next.piece}</bdi> <span class="share">{percent(next.prob)}</span> <small>{say("readout_rank", { n: next.rank })}</small>
        </>
      ) : (
        <span class="quiet">{say("readout_no_next")}</span>
      )}
    </td>
  )
}

function Losses({ readout, chosen, say, onToken }: TableProps) {
  const most = Math.max(1e-9, ...readout.rows.map(({ next }) => (next && Number.isFinite(parsed(next.loss)) ? parsed(next.loss) : 0)))
  return (
    <table>
      <caption>{say("readout_loss")}</caption>
      <thead>
        <tr>
          <th scope="col">{say("readout_position")}</th>
          <th scope="col">{say("readout_next")}</th>
          <th scope="col">{say("readout_prob")}</th>
          <th scope="col">−ln p</th>
        </tr>
      </thead>
      <tbody>
        {readout.rows.map(({ position, piece, next, scored }) => (
          <tr key={position} data-scored={scored} aria-current={position === chosen ? "true" : undefined}>
            <Position position={position} piece={piece} onToken={onToken} />
            {next ? (
              <>
                <td>
                  <bdi>{next.piece}</bdi>
                </td>
                <td>{percent(next.prob)}</td>
                <td class="loss">
                  <Bar share={parsed(next.loss) / most} />
                  {short(parsed(next.loss))}
                </td>
              </>
            ) : (
              <td colSpan={3} class="quiet">
                {say("readout_no_next")}
              </td>
            )}
          </tr>
        ))}
      </tbody>
      {readout.mean_loss !== null && (
        <tfoot>
          <tr>
            <th scope="row" colSpan={3}>
              {say("readout_mean")}
            </th>
            <td>{short(parsed(readout.mean_loss))}</td>
          </tr>
        </tfoot>
      )}
    </table>
  )
}

export function Position({ position, piece, onToken }: { position: number; piece: string; onToken: TableProps["onToken"] }) {
  return (
    <th scope="row">
      <button type="button" class="link" onClick={() => onToken(position)}>
        {position} <bdi>{piece}</bdi>
      </button>
    </th>
  )
}

export function Bar({ share }: { share: number }) {
  return <span class="fill" style={{ width: `${Math.min(Math.max(share, 0), 1) * 100}%` }} aria-hidden="true" />
}

export function percent(share: number): string {
  const text = short(share * 100, 2)
  if (text !== "100" || share === 1) return `${text} %`
  // Nearly certain is not certain.
  return share < 0.99995 ? `${short(share * 100, 4)} %` : "> 99.99 %"
}
