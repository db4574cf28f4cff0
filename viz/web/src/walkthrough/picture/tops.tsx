/** Of a vocabulary too large to look at, the tokens that count: the largest numbers of each row, as buttons. */
import { useEffect, useRef } from "preact/hooks"
import { short } from "../../format"
import { isDifference } from "../compare"
import type { Source } from "../data"
import type { Manifest, StageInfo } from "../types"
import type { CellRef } from "../view"
import { Bar, percent, Position, useReadout } from "./readout"
import type { PictureSay } from "./words"

interface Props {
  source: Source
  stage: StageInfo
  /** The row that is looked at. */
  current: number | null
  say: PictureSay
  onPin: (cell: CellRef) => void
  onToken: (token: number | null) => void
}

/** Whether a stage scores more tokens than there is room for. */
export function hasTops(manifest: Manifest, { axes }: StageInfo): boolean {
  return !isDifference(manifest) && manifest.vocabulary === undefined && axes.join() === "position,d_vocab"
}

export function Tops({ source, stage, current, say, onPin, onToken }: Props) {
  const { value: readout, error: problem } = useReadout(source)
  const scroll = useRef<HTMLDivElement>(null)
  const now = current ?? (readout ? readout.rows.length - 1 : 0)
  useEffect(() => {
    const row = scroll.current?.querySelector<HTMLElement>("[aria-current]")
    if (row) scroll.current!.scrollTop = row.offsetTop - scroll.current!.clientHeight / 2
  }, [readout, now])
  if (problem) return <p role="alert">{say("picture_error", { problem })}</p>
  if (!readout) return <p>{say("picture_waiting")}</p>
  const most = Math.max(1, ...readout.rows.map(({ top }) => top.length))
  const title = say("tops_title", { n: most })
  const isShare = stage.kind === "probability"
  return (
    <section class="readout tops">
      <h3>{title}</h3>
      <div class="scroll" ref={scroll} data-scrolls tabIndex={0} role="group" aria-label={title}>
        <table>
          <tbody>
            {readout.rows.map(({ position, piece, top }) => (
              <tr key={position} aria-current={position === now ? "true" : undefined}>
                <Position position={position} piece={piece} onToken={onToken} />
                {top.map(({ id, piece: token, logit, prob }) => (
                  <td key={id}>
                    <Bar share={prob} />
                    <button type="button" class="link" onClick={() => onPin({ name: stage.name, index: [position, id] })}>
                      <bdi>{token}</bdi> {isShare ? percent(prob) : short(Number(logit), 3)}
                    </button>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
