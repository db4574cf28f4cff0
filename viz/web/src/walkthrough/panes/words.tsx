/** Prose whose phrases name tensors: pointing at one lights it up, a click goes there. */
import { fits, stageNamed } from "../places"
import type { Manifest, Paragraph, Segment } from "../types"
import type { Walk } from "../walk"

interface Props {
  paragraphs: readonly Paragraph[]
  manifest: Manifest
  walk: Walk
}

export function Words({ paragraphs, manifest, walk }: Props) {
  return (
    <>
      {paragraphs.map((paragraph, number) => (
        <p key={number}>
          <Phrases paragraph={paragraph} manifest={manifest} walk={walk} />
        </p>
      ))}
    </>
  )
}

export function Phrases({ paragraph, manifest, walk }: { paragraph: Paragraph; manifest: Manifest; walk: Walk }) {
  return (
    <>
      {paragraph.map((segment, number) => (
        <Phrase key={number} segment={segment} manifest={manifest} walk={walk} />
      ))}
    </>
  )
}

function Phrase({ segment, manifest, walk }: { segment: Segment; manifest: Manifest; walk: Walk }) {
  const { t: text, ref, index } = segment
  if (ref === undefined) return <>{text}</>
  const stage = stageNamed(manifest, ref)
  const weight = Object.hasOwn(manifest.weights, ref)
  if (!stage && !weight) return <>{text}</>
  const cell = index && fits(manifest, { name: ref, index }) ? { name: ref, index } : null

  const on = () => {
    walk.lit.value = ref
    if (cell) walk.point(cell)
  }
  const off = () => {
    if (walk.lit.value === ref) walk.lit.value = null
    if (cell) walk.point(null)
  }
  const pointing = { onPointerEnter: on, onPointerLeave: off, onFocus: on, onBlur: off }
  // A weight is not a step of its own; without a cell there is nowhere to go.
  if (!stage && !cell) {
    return (
      <span class="ref" data-ref={ref} {...pointing}>
        {text}
      </span>
    )
  }
  const go = (event: Event) => {
    event.preventDefault()
    off()
    if (!stage) walk.dispatch({ do: "pin", cell: cell! })
    else walk.dispatch(cell ? { do: "stage", name: ref, index: cell.index } : { do: "stage", name: ref })
  }
  const place = cell ? `&cell=${ref}:${cell.index.join()}` : ""
  return (
    <a class={cell ? "ref number" : "ref"} href={`#stage=${ref}${place}`} data-ref={ref} onClick={go} {...pointing}>
      {text}
    </a>
  )
}
