/** The scene, fetched when it is first wanted: three.js is most of it, and who looks at the picture does not need it. */
import { useEffect, useState } from "preact/hooks"
import type { ScenePane, SceneProps } from "./pane"

export function LazyScene(props: SceneProps) {
  const [Pane, setPane] = useState<typeof ScenePane | null>(null)
  const [problem, setProblem] = useState("")
  useEffect(() => {
    import("./pane").then(
      (found) => setPane(() => found.ScenePane),
      (error: unknown) => setProblem(String(error)),
    )
  }, [])
  if (problem) return <p role="alert">{props.say("problem", { words: problem })}</p>
  return Pane ? <Pane {...props} /> : <p class="quiet">{props.say("loading")}</p>
}
