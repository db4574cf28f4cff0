/** Where the view is on a matrix that is larger than it: a small picture of the whole with a frame. */
import type { RefObject } from "preact"
import { useEffect, useRef } from "preact/hooks"
import type { Board } from "./board"
import type { MatrixCanvas } from "./canvas"
import type { Frame } from "./fit"
import type { Drawn } from "./layout"
import type { Lens } from "./lens"

const WIDTH = 44
const HEIGHT = 26

interface Props {
  board: Board
  canvas: RefObject<MatrixCanvas | null>
  drawn: Drawn
  frame: Frame
  prefix: string
}

export function Minimap({ board, canvas, drawn, frame, prefix }: Props) {
  const outer = useRef<HTMLSpanElement>(null)
  const inner = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    const painter = {
      drawn,
      ready: true,
      mark: () => {},
      paint: () => {
        const found = canvas.current
        if (!found || !outer.current || !inner.current) return
        const [top, height] = part(drawn.rows ? found.rows : null, frame.height)
        const [left, width] = part(drawn.cols ? found.cols : null, frame.width)
        outer.current.hidden = height >= 0.999 && width >= 0.999
        inner.current.style.cssText =
          `top:${top * HEIGHT}px;height:${Math.max(height * HEIGHT, 2)}px;` +
          `left:${left * WIDTH}px;width:${Math.max(width * WIDTH, 2)}px`
      },
    }
    painter.paint()
    return board.join(painter)
  }, [board, drawn, frame, prefix])
  return (
    <span ref={outer} class="minimap" hidden aria-hidden="true" style={{ width: `${WIDTH}px`, height: `${HEIGHT}px` }}>
      <span ref={inner} />
    </span>
  )
}

/** Where the view begins and how much of the axis it holds, of 1. */
function part(lens: Lens | null, view: number): [start: number, share: number] {
  if (!lens || !lens.count) return [0, 1]
  return [lens.offset / lens.count, Math.min(view / lens.cell / lens.count, 1)]
}
