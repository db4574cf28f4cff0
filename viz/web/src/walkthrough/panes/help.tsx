/** All keys, in a dialog. */
import { useEffect, useRef } from "preact/hooks"
import { KEYS } from "../keys"
import { memo } from "../memo"
import { useSignal } from "../signal"
import type { Say, Word } from "../ui"
import type { Walk } from "../walk"

interface Props {
  walk: Walk
  say: Say
  guesses: boolean
  /** The scene is shown, which has keys of its own. */
  space: boolean
}

export const Help = memo(({ walk, say, guesses, space }: Props) => {
  const open = useSignal(walk.help)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (open) dialog.current?.showModal()
    else dialog.current?.close()
  }, [open])
  const close = () => {
    walk.help.value = false
  }
  return (
    <dialog ref={dialog} class="help" aria-label={say("help_title")} onClose={close}>
      <h3>{say("help_title")}</h3>
      <dl>
        {KEYS.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{say(does as Word)}</dd>
          </div>
        ))}
      </dl>
      {space && <p>{say("scene_keys")}</p>}
      <footer>
        <label>
          <input
            type="checkbox"
            checked={guesses}
            onChange={(event) => walk.dispatch({ do: "guesses", on: event.currentTarget.checked })}
          />{" "}
          {say("guess_on")}
        </label>
        <button type="button" class="plain" onClick={close}>
          {say("close")}
        </button>
      </footer>
    </dialog>
  )
})
