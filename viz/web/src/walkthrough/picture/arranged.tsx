/** Puts the matrices of a plan where they belong: across each other, side by side, or one below the other. */
import type { ComponentChildren } from "preact"
import type { StageInfo } from "../types"
import { type Fit, isLeft } from "./fit"
import type { Drawn, Plan } from "./layout"
import type { PictureSay } from "./words"

interface Props {
  stage: StageInfo
  plan: Plan
  fit: Fit
  matrix: (drawn: Drawn) => ComponentChildren
  say: PictureSay
}

export function Arranged({ stage, plan, fit, matrix, say }: Props) {
  const of = (...roles: Drawn["role"][]) => plan.operands.filter(({ role }) => roles.includes(role))
  const scalars = of("scalar").map(matrix)
  if (fit.arrangement === "cross") {
    const lefts = plan.operands.filter((one) => isLeft(plan, one))
    const tops = [...of("other"), ...of("top"), ...of("row"), ...of("same")].filter((one) => !lefts.includes(one))
    const how = stage.op === "lookup" ? "picture_lookup" : lefts.length && tops.length ? "picture_cross" : null
    return (
      <>
      <div class="cross">
        <div class="corner">{scalars}</div>
        <div class="tops">{signed(tops, matrix)}</div>
        <div class="lefts">{signed(lefts, matrix)}</div>
        <div class="out">{matrix(plan.output)}</div>
      </div>
      {how && <p class="aside">{say(how)}</p>}
      </>
    )
  }
  const [first, ...others] = of("same")
  const down = fit.arrangement === "rows"
  return (
    <div class={down ? "flow down" : "flow across"}>
      {signed(of("other", "left", "top"), matrix)}
      {(first || of("column").length > 0) && (
        <div class="beside">
          {first && matrix(first)}
          {signed(of("column"), matrix)}
        </div>
      )}
      {signed([...others, ...of("row")], matrix)}
      {scalars}
      {plan.operands.length > 0 && (
        <span class="op" aria-hidden="true">
          {equals(stage, down)}
        </span>
      )}
      <div class="out">{matrix(plan.output)}</div>
    </div>
  )
}

/** Keyed by place and not by name: the next step draws its matrices with the same canvases. */
function signed(all: readonly Drawn[], matrix: (drawn: Drawn) => ComponentChildren) {
  return all.map((drawn, place) => (
    <div class="signed" key={place}>
      {drawn.sign && (
        <span class="op" aria-hidden="true">
          {drawn.sign}
        </span>
      )}
      {matrix(drawn)}
    </div>
  ))
}

/** What stands before the output: "=" where the numbers beside each other add or multiply, otherwise what is done. */
function equals({ op }: StageInfo, down: boolean): string {
  const arrow = down ? "↓" : "→"
  if (op === "sum" || op === "product" || op === "dot") return "="
  return ["softmax", "rotate", "activation", "norm"].includes(op) ? `${op === "activation" ? "f" : op} ${arrow}` : arrow
}
