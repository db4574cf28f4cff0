/** Every head at once; a click on its name shows it alone. */
import type { ComponentChildren } from "preact"
import type { Multiples } from "./heads"
import type { Drawn, Plan } from "./layout"
import type { PictureSay } from "./words"

interface Props {
  many: Multiples
  stack: NonNullable<Plan["stack"]>
  say: PictureSay
  onHead: ((head: number | null) => void) | undefined
  matrix: (drawn: Drawn, caption: ComponentChildren) => ComponentChildren
}

export function Heads({ many, stack, say, onHead, matrix }: Props) {
  return (
    <section class="heads">
      <h3>{say("picture_all_heads", { n: stack.count })}</h3>
      <div class="multiples">
        {many.drawn.map((drawn, head) => {
          const name = say("picture_head", { n: head })
          const caption = onHead ? (
            <button type="button" class="link" aria-current={head === stack.shown} title={say("picture_show_head", { n: head })} onClick={() => onHead(head)}>
              {name}
            </button>
          ) : (
            name
          )
          return matrix(drawn, caption)
        })}
      </div>
    </section>
  )
}
