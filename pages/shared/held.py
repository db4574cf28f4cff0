"""Widgets that show what the link says, and change the link when somebody uses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st


def held(key: str, value: Any, options: Sequence[Any] | None = None) -> dict[str, Any]:
    """Keywords that make a widget show a value; `options` for one that chooses among them.

    As its default where it is new or shows it already: a value put into the session alone can be lost when the
    browser draws the widget twice. What differs is put there, and what somebody is typing is left as it is.
    """
    if key in st.session_state and st.session_state[key] != value:
        st.session_state[key] = value
        return {}
    return {"value": value} if options is None else {"index": list(options).index(value)}


def choice(
    label: str, titles: Mapping[str, str], now: str, key: str, changed: Callable[[str], None], **words: Any
) -> None:
    """One of a few, side by side. titles: word -> what a person calls it; now: a word; changed gets the new one."""

    def told() -> None:
        # A browser may say what is chosen already, with the first click on anything after a rerun.
        if st.session_state[key] != now:
            changed(st.session_state[key])

    fresh = st.session_state.get(key) in (None, now)
    if not fresh:
        st.session_state[key] = now
    st.segmented_control(
        label, list(titles), key=key, format_func=titles.__getitem__, default=now if fresh else None, required=True,
        on_change=told, **words,
    )  # fmt: skip
