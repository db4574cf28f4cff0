/** Everything that the shadow root needs to look right, as one text. */
import base from "../base.css?inline"
import { katexCss } from "../katex_css"
import over from "../scene/over.css?inline"
import scene from "../scene/scene.css?inline"
import card from "./css/card.css?inline"
import compare from "./css/compare.css?inline"
import frame from "./css/frame.css?inline"
import guess from "./css/guess.css?inline"
import help from "./css/help.css?inline"
import map from "./css/map.css?inline"
import matrix from "./css/matrix.css?inline"
import picture from "./css/picture.css?inline"
import rail from "./css/rail.css?inline"
import readout from "./css/readout.css?inline"
import tables from "./css/tables.css?inline"
import title from "./css/title.css?inline"
import tokens from "./css/tokens.css?inline"
import words from "./css/words.css?inline"
import writing from "./css/writing.css?inline"

const around = base + katexCss + frame + title + help + rail + tokens + map
const told = words + guess + card + compare
const drawn = picture + matrix + tables + readout + scene + over

export const stylesheet = around + told + drawn + writing
