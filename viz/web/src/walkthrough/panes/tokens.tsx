/** The input, one row a side, each token a chip to choose. */
import { memo } from "../memo"
import { patchStyle } from "../patches"
import { rove, unfocused, useChosenInView } from "../rove"
import type { Manifest, Side } from "../types"
import type { Say } from "../ui"
import type { Walk } from "../walk"

interface Props {
  manifest: Manifest
  walk: Walk
  say: Say
  /** The stack that the current stage belongs to: its tokens are the ones to choose. */
  side: Side["name"]
  token: number | null
  /** Position of the token that was written last. */
  fresh: number | null
}

export const Tokens = memo(({ manifest, walk, say, side, token, fresh }: Props) => (
  <div class="tokens">
    {manifest.sides.map((one) => (
      <Row
        key={one.name}
        side={one}
        walk={walk}
        say={say}
        token={one.name === side ? token : null}
        choosable={one.name === side}
        fresh={one === manifest.sides.at(-1) ? fresh : null}
      />
    ))}
  </div>
))

interface RowProps {
  side: Side
  walk: Walk
  say: Say
  token: number | null
  choosable: boolean
  fresh: number | null
}

const Row = memo(({ side, walk, say, token, choosable, fresh }: RowProps) => {
  const row = useChosenInView(token)
  const title = side.title || say("input")
  return (
    <div class="token-row" data-off={!choosable}>
      <b>{title}</b>
      <div class="chips" ref={row} role="toolbar" aria-label={title} onKeyDown={rove("row")}>
        {side.pieces.map((piece, position) => (
          <Chip
            key={position}
            piece={piece}
            position={position}
            special={side.special.includes(position)}
            walk={walk}
            title={say("token_n", { n: position, token: side.patches?.names[position] ?? isolated(piece) })}
            patch={side.patches ? patchStyle(side.patches, position) : null}
            chosen={position === token}
            stop={position === (token ?? 0)}
            choosable={choosable}
            fresh={position === fresh}
          />
        ))}
      </div>
    </div>
  )
})

interface ChipProps {
  piece: string
  position: number
  special: boolean
  walk: Walk
  title: string
  /** Where the token is a patch of a picture: how it looks. */
  patch: Record<string, string> | null
  chosen: boolean
  stop: boolean
  choosable: boolean
  fresh: boolean
}

const Chip = memo(({ piece, position, special, walk, title, patch, chosen, stop, choosable, fresh }: ChipProps) => (
  <button
    type="button"
    data-rove
    class={special ? "chip special" : "chip"}
    tabIndex={stop ? 0 : -1}
    title={title}
    aria-label={patch ? title : undefined}
    aria-pressed={chosen}
    aria-disabled={!choosable}
    data-fresh={fresh || undefined}
    onMouseDown={unfocused}
    onClick={() => choosable && walk.dispatch({ do: "token", token: chosen ? null : position })}
  >
    <small>{position}</small>
    {patch ? <i class="patch" style={patch} /> : <bdi>{piece}</bdi>}
  </button>
))

/** U+2068 and U+2069 keep a right-to-left token from turning the words beside it around. */
export function isolated(piece: string): string {
  return `\u2068${piece}\u2069`
}
