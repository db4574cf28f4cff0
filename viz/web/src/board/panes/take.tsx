/** The title of a picture, what saves it, and its numbers as a table. */
import { useState } from "preact/hooks"
import { called, filled } from "../cursors"
import type { Scene } from "../draw/kind"
import { kindOf } from "../draw/kinds"
import { type Format, save } from "../export"
import { short } from "../../format"

const FORMATS: Format[] = ["png", "svg", "csv"]
/** More rows than this are for the CSV file. */
const MOST = 400

export function Take({ scene, font }: { scene: Scene; font: string }) {
  const [open, setOpen] = useState(false)
  const [problem, setProblem] = useState("")
  const { panel } = scene
  const title = filled(panel.title, scene.board.axes, scene.shown)
  const take = (format: Format) =>
    save(scene, font, format).then(
      () => setProblem(""),
      (error: unknown) => setProblem(`Not saved: ${error instanceof Error ? error.message : String(error)}`),
    )
  return (
    <>
      <header>
        <h4>{title}</h4>
        <span class="take">
          {FORMATS.map((format) => (
            <button
              key={format}
              type="button"
              data-take={format}
              aria-label={`Save ${title || panel.id} as ${format.toUpperCase()}`}
              onClick={() => void take(format)}
            >
              {format.toUpperCase()}
            </button>
          ))}
          <button
            type="button"
            aria-expanded={open}
            aria-label={`Numbers of ${title || panel.id} as a table`}
            onClick={() => setOpen(!open)}
          >
            Table
          </button>
        </span>
      </header>
      {problem && <p role="alert">{problem}</p>}
      {open && <Numbers scene={scene} />}
    </>
  )
}

function Numbers({ scene }: { scene: Scene }) {
  const [head, ...all] = kindOf(scene.panel).table(scene)
  const rows = near(scene, all)
  return (
    <div class="numbers" role="region" tabIndex={0} aria-label={`${scene.panel.title}, numbers`}>
      <table>
        <caption>
          {rows.length < all.length
            ? `${rows.length} of ${all.length} rows, those at the cursor; the CSV file has all.`
            : `${all.length} rows`}
        </caption>
        <thead>
          <tr>
            {head!.map((word) => (
              <th key={word} scope="col">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j}>{typeof cell === "number" ? short(cell, 5) : cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Of a large matrix the row of the cursor, of anything else the beginning. */
function near({ board, panel, shown }: Scene, all: (string | number)[][]): (string | number)[][] {
  if (all.length <= MOST) return all
  if (panel.kind !== "matrix") return all.slice(0, MOST)
  const row = called(board.axes[panel.drawn[0]], shown[panel.drawn[0]] ?? 0)
  return all.filter((cells) => cells.at(-3) === row).slice(0, MOST)
}
