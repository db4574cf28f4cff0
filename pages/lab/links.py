"""What a link asks for and cannot be given: names and numbers are checked before Streamlit drops them silently."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import streamlit as st

from viz import cards

SAID = "positions-said"  # in the session: what is still to be told


def number(key: str, low: float | None, high: float | None, value: float) -> None:
    """Notes a number that is out of range. Before the widget of this key."""
    given = st.query_params.get(key)
    if given is None or key in st.session_state:
        return
    try:
        found = float(given)
    except ValueError:
        found = math.nan
    least, most = (-math.inf if low is None else low), (math.inf if high is None else high)
    if not least <= found <= most:
        missed(f"{key}={given[:40]} in the link is no number from {least:,g} to {most:,g}; {value:,g} is shown.")


def named(key: str, options: Mapping[str, str], shown: str = "the usual choice") -> None:
    """Takes names by what code calls them, too, and notes those that are not among what can be chosen.

    options: name -> what a person reads, which is what the link has. Before the widget of this key.
    """
    given = [text for text in st.query_params.get_all(key) if text]  # an emptied choice is no name
    if key in st.session_state or not given:
        return
    read = [options.get(text, text) for text in given]
    if read != given:
        st.query_params[key] = read
        st.rerun()
    for text in read:
        if text not in options.values():
            unknown(key, text, options.values(), shown)


def unknown(key: str, given: str, known: Iterable[str], shown: str) -> None:
    names = "; ".join(known)
    missed(f"{key}={given[:40]} in the link is no name that is known here; {shown} is shown. Known: {names}.")


def missed(said: str) -> None:
    """Keeps it until `told`; once, although a page may begin anew before that."""
    st.session_state.setdefault(SAID, {})[said] = None


def told() -> None:
    for said in st.session_state.pop(SAID, {}):
        st.html(cards.problem(said))
