/** The lines of our own source that computed a stage, highlighted. */
import hljs from "highlight.js/lib/core"
import python from "highlight.js/lib/languages/python"
import { useMemo } from "preact/hooks"
import { memo } from "../memo"
import { Recent } from "../requests"
import type { StagePage } from "../types"
import type { Say } from "../ui"

hljs.registerLanguage("python", python)

export const Code = memo(({ code, say }: { code: StagePage["code"]; say: Say }) => (
  <>
    {code.length === 0 && <p class="quiet">{say("no_code")}</p>}
    {code.map((snippet) => (
      <Snippet key={`${snippet.path} ${snippet.function}`} snippet={snippet} say={say} />
    ))}
  </>
))

function Snippet({ snippet, say }: { snippet: StagePage["code"][number]; say: Say }) {
  const numbers = snippet.lines.map(([number]) => number)
  const text = snippet.lines.map(([, line]) => line).join("\n")
  const html = useMemo(() => highlighted(text), [text])
  return (
    <figure class="code">
      <figcaption>
        <code>{snippet.path}</code> <span class="quiet">{snippet.function}</span>
        <span class="quiet"> {say("lines", { first: numbers[0] ?? 0, last: numbers.at(-1) ?? 0 })}</span>
      </figcaption>
      <div class="listing" data-scrolls tabIndex={0} role="region" aria-label={`${say("code")}: ${snippet.path}`}>
        <pre class="numbers" aria-hidden="true">
          {numbers.join("\n")}
        </pre>
        <pre>
          <code class="hljs" dangerouslySetInnerHTML={{ __html: html }} />
        </pre>
      </div>
    </figure>
  )
}

const done = new Recent<string>(1 << 20)

/** The text is a file of this very program, and highlight.js escapes it. */
function highlighted(text: string): string {
  const html = done.get(text) ?? hljs.highlight(text, { language: "python" }).value
  done.set(text, html, 2 * (text.length + html.length))
  return html
}
