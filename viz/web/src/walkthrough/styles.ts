/** Everything that the shadow root needs to look right, as one text. */
import base from "../base.css?inline"
import { katexCss } from "../katex_css"
import scene from "../scene/scene.css?inline"
import card from "./css/card.css?inline"
import frame from "./css/frame.css?inline"
import map from "./css/map.css?inline"
import picture from "./css/picture.css?inline"
import rail from "./css/rail.css?inline"
import words from "./css/words.css?inline"
import writing from "./css/writing.css?inline"

export const stylesheet = base + katexCss + frame + rail + map + words + card + picture + scene + writing
