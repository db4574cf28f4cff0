/** Everything that the shadow root needs to look right, as one text. */
import katex from "katex/dist/katex.min.css?raw"
import base from "../base.css?inline"
import card from "./css/card.css?inline"
import frame from "./css/frame.css?inline"
import map from "./css/map.css?inline"
import picture from "./css/picture.css?inline"
import rail from "./css/rail.css?inline"
import words from "./css/words.css?inline"

// Fonts are registered on the document (maths.ts): a @font-face in here would be ignored.
const maths = katex.replace(/@font-face\s*\{[^}]*\}/g, "")

export const stylesheet = base + maths + frame + rail + map + words + card + picture
