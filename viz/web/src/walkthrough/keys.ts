/** Which key does what, and when a key is not for us. */
import type { Action } from "./view"

export type Command = Action | { do: "toggle-play" } | { do: "toggle-space" } | { do: "help" }

/** Keys for the help, by the name of what they do (a key of the catalogue's [ui]). */
export const KEYS: readonly [keys: readonly string[], does: string][] = [
  [["→", "←"], "key_step"],
  [["Space"], "key_play"],
  [["Home", "End"], "key_ends"],
  [["↑", "↓"], "key_layer"],
  [["PageUp", "PageDown"], "key_chapter"],
  [["H", "Shift+H"], "key_head"],
  [["T", "Shift+T"], "key_token"],
  [["Esc"], "key_unpin"],
  [["3"], "key_space"],
  [["?"], "key_help"],
]

const COMMANDS: Record<string, Command> = {
  ArrowRight: { do: "by", steps: 1 },
  ArrowLeft: { do: "by", steps: -1 },
  Home: { do: "by", steps: -Infinity },
  End: { do: "by", steps: Infinity },
  // The map begins with the tokens at its top, so the next layer is further down.
  ArrowDown: { do: "layer-by", by: 1 },
  ArrowUp: { do: "layer-by", by: -1 },
  "]": { do: "layer-by", by: 1 },
  "[": { do: "layer-by", by: -1 },
  PageDown: { do: "chapter", by: 1 },
  PageUp: { do: "chapter", by: -1 },
  h: { do: "head-by", by: 1 },
  H: { do: "head-by", by: -1 },
  t: { do: "token-by", by: 1 },
  T: { do: "token-by", by: -1 },
  " ": { do: "toggle-play" },
  Escape: { do: "unpin" },
  "3": { do: "toggle-space" },
  "?": { do: "help" },
}

const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=reset]), textarea, select"
const CHOICES = "[role=radio], [role=tab], input[type=radio]"
const OWN_ARROWS = "[role=slider], [role=option], [role=listbox], [role=menuitem], [role=spinbutton], [role=grid]"
const PRESSABLE = "button, a[href], summary, input, [role=button], [role=link], [role=checkbox], [role=switch]"
const SCROLLING = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "])

/**
 * What a key press asks for, or null where it is not meant for the walkthrough.
 * `clicked`: the focus is where it is by a click. Who clicked an example wants to step next; who came to it by the
 * Tab key wants its neighbour.
 */
export function commandOf(event: KeyboardEvent, clicked = false): Command | null {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null
  const command = Object.hasOwn(COMMANDS, event.key) ? COMMANDS[event.key]! : null
  const target = event.composedPath()[0]
  if (!command || !(target instanceof Element)) return command
  if (isClosedSelect(target)) return event.key === "ArrowLeft" || event.key === "ArrowRight" ? command : null
  if (isElsewhere(target)) return null
  const owner = clicked ? OWN_ARROWS : `${OWN_ARROWS}, ${CHOICES}`
  if (event.key.length > 1 && event.key !== "Escape" && target.closest(owner)) return null
  if (event.key === " " && target.closest(PRESSABLE)) return null
  // A pane that has the focus scrolls, as anything that scrolls does.
  if (SCROLLING.has(event.key) && target.matches("[data-scrolls]")) return null
  return command
}

/** Whether what is typed there is text, or for a list or a dialog. */
export function isElsewhere(target: Element): boolean {
  return target.matches(TYPING) || (target as HTMLElement).isContentEditable || target.closest("[role=dialog], [role=listbox], [role=menu], dialog") !== null
}

/** A Streamlit select keeps the focus after a choice; while its list is closed, arrows have no use in it. */
function isClosedSelect(target: Element): boolean {
  const box = target.closest("[role=combobox]")
  return box !== null && box.getAttribute("aria-expanded") !== "true"
}

/** Calls back for each command. `on` returns whether it did something; if so, the page does not also scroll. */
export function listen(on: (command: Command) => boolean): () => void {
  let clicked = false
  const point = () => {
    clicked = true
  }
  const handle = (event: KeyboardEvent) => {
    const command = commandOf(event, clicked)
    if (command && on(command)) event.preventDefault()
  }
  // A closed select and a choice have arrows of their own and must not see them: these are caught on the way down.
  const capture = (event: KeyboardEvent) => {
    if (event.key === "Tab") clicked = false
    const target = event.composedPath()[0]
    if (!(target instanceof Element) || !(isClosedSelect(target) || (clicked && target.closest(CHOICES)))) return
    const command = commandOf(event, clicked)
    if (!command || !on(command)) return
    event.preventDefault()
    event.stopPropagation()
  }
  document.addEventListener("keydown", handle)
  document.addEventListener("keydown", capture, true)
  document.addEventListener("pointerdown", point, true)
  return () => {
    document.removeEventListener("keydown", handle)
    document.removeEventListener("keydown", capture, true)
    document.removeEventListener("pointerdown", point, true)
  }
}
