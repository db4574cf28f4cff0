/** A board of linked pictures; see viz/board.py. */
import { render } from "preact"
import base from "../base.css?inline"
import { App } from "../board/app"
import style from "../board/board.css?inline"
import { CursorState, linked, written } from "../board/cursors"
import { Fragment } from "../fragment"
import { read } from "../board/read"
import type { Board } from "../board/types"
import { katexCss } from "../katex_css"
import { component } from "../component"
import type { ComponentArguments } from "../streamlit"

class Instance {
  readonly host = document.createElement("div")
  private readonly place = document.createElement("div")
  private readonly state = new CursorState(() => this.write())
  private readonly link = new Fragment((hash) => this.board && this.state.put(linked(hash, this.board.axes)))
  private board: Board | null = null
  private data: unknown

  constructor() {
    const css = document.createElement("style")
    css.textContent = base + katexCss + style
    this.host.append(css, this.place)
  }

  update({ data }: ComponentArguments): void {
    if (data === this.data) return
    this.data = data
    try {
      const board = read(data)
      this.state.load(board.axes, linked(this.link.text, board.axes))
      this.board = board
      render(<App board={board} state={this.state} />, this.place)
      this.write()
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error)
      this.board = null
      render(<p role="alert">These pictures cannot be shown: {words}</p>, this.place)
    }
  }

  private write(): void {
    if (this.board) this.link.write(written(this.link.text, this.board.axes, this.state.places.value.pinned))
  }

  dispose(): void {
    render(null, this.place)
    this.link.dispose()
    this.state.dispose()
    this.host.remove()
  }
}

export default component(() => new Instance())
