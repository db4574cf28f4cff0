"""Mounts our browser components. The only file of `viz` that speaks to Streamlit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from viz import prose

DIST = Path(__file__).parent / "web" / "dist"
BUILD = "make setup"
END = "end"  # what the walkthrough says when a comparison is to end


def board(message: bytes, key: str) -> None:
    """Linked pictures, moved by cursors in the browser; see `viz.board.payload`."""
    _mount("board", message, key)


def glance(message: bytes, key: str) -> None:
    """The live picture of a forward pass; see `viz.glance.message`."""
    _mount("glance", message, key)


def leave(message: bytes, key: str) -> None:
    """The button that downloads a file as it opens at where the person stands; see `pages.shared.leaving`."""
    _mount("leave", message, key)


def paint(message: bytes, key: str) -> Any:
    """A canvas to paint a bias on; `.used` is what was painted, in the run after somebody says so."""
    return _mount("paint", message, key, on_used_change=lambda: None)


def walkthrough(message: bytes, key: str, on_write: Callable[[Any], None], on_compare: Callable[[Any], None]) -> None:
    """Every stage of a pass, one step at a time; see `viz.manifest.message`.

    on_write: gets what the browser says when the input is to grow or to shrink by a token.
    on_compare: gets what somebody wants the pass to be compared with; END for nothing any more.
    """

    def told(word: str, hear: Callable[[Any], None]) -> Callable[[], None]:
        return lambda: hear(st.session_state[key].get(word))

    _mount(
        "walkthrough", message, key, on_write_change=told("write", on_write),
        on_compare_change=told("compare", on_compare),
    )  # fmt: skip


def _mount(name: str, data: bytes, key: str, **heard: Any) -> Any:
    """A component of `viz/web`. Where it has not been built, says how to build it."""
    if not any(DIST.glob(f"{name}-*.js")):
        said = prose.catalogue(code if (code := st.query_params.get("lang")) in prose.languages() else prose.DEFAULT)
        words = f"The browser part of this page, {name}, has not been built. Run `{BUILD}` and reload."
        st.warning(said.message(words), icon=":material/build:")
        return None
    # A key keeps the component in place when its data changes; without one each change would make a new one.
    return st.components.v2.component(f"glassformer.{name}", js=f"{name}-*.js")(data=data, key=key, **heard)
