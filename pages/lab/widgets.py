"""What the sections share: sizes, an encoding's own numbers, and how a figure is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from model import GlassformerError, InputError
from model.positional.rotary_scaling import SCALINGS, usual
from pages.lab.links import named, number
from viz import cards, tables
from viz.positions import compare, export, setup
from viz.positions.setup import Options, Setup

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_POSITIONS, MOST_WIDTH, MOST_HEADS = 128, 128, 8
MOST = 4096  # of an encoding's own whole numbers: many are rows of a table
FORMATS = ("PNG", "SVG")


def slider(label: str, low: int, high: int, value: int, key: str, **more: Any) -> int:
    """A slider in the link. Where its end has come nearer, its value comes with it."""
    if high <= low:
        return low
    held = st.session_state.get(key)
    if held is not None and not low <= held <= high:
        st.session_state[key] = min(max(held, low), high)
        return st.slider(label, low, high, key=key, bind="query-params", **more)
    return st.slider(label, low, high, min(max(value, low), high), key=key, bind="query-params", **more)


def whole(label: str, low: int, high: int, value: int, key: str, **more: Any) -> int:
    number(key, low, high, value)
    return int(st.number_input(label, low, high, value, key=key, bind="query-params", **more))


def sizes(heads: bool = True) -> dict[str, Any]:
    """Words of a Setup."""
    found: dict[str, Any] = {
        "positions": whole("Positions", 1, MOST_POSITIONS, 24, "positions"),
        "width": whole(
            "Dimensions", 1, MOST_WIDTH, 16, "width", help="of the vector that is added, and of each head"
        ),
    }  # fmt: skip
    if heads:
        found["heads"] = whole("Heads", 1, MOST_HEADS, 4, "heads")
    found["ahead"] = st.toggle(
        "Keys ahead are seen", key="ahead", bind="query-params", help="off: a causal decoder; on: an encoder"
    )
    return found


def own_options(name: str) -> Options:
    """Controls for the encoding's own numbers and words, as its file declares them. Only what differs is returned."""
    chosen: list[tuple[str, Any]] = []
    for key, option in setup.options(name).items():
        label = key.replace("_", " ")
        words: dict[str, Any] = {"key": key, "bind": "query-params", "help": option.help}
        value: Any = option.default
        if key == "rotary_scaling":
            value = _scaling()
        elif option.choices is not None and all(isinstance(c, bool) for c in option.choices):
            value = st.toggle(label, option.default, **words)
        elif option.choices is not None:
            named(key, {str(c): str(c) for c in option.choices})
            value = st.segmented_control(label, option.choices, default=option.default, required=True, **words)
        elif isinstance(option.default, int):
            low, high = int(option.low or 0), min(int(option.high or MOST), MOST)
            number(key, low, high, option.default)
            value = int(st.number_input(label, low, high, option.default, **words))
        elif isinstance(option.default, str):
            value = st.text_input(label, option.default, live="400ms", autocomplete="off", **words) or ""
        elif isinstance(option.default, float):
            number(key, option.low, option.high, option.default)
            value = st.number_input(label, option.low, option.high, option.default, **words)
        if value != option.default:
            chosen.append((key, value))
    return tuple(chosen)


def made(name: str) -> Options:
    """Options that a person made in this session in another section: the bias of their own."""
    return st.session_state.get(f"{name}-options", ())


def _scaling() -> tuple[tuple[str, Any], ...] | None:
    """How rotary frequencies are stretched, with the numbers of the method's paper."""
    kinds = ["none", *SCALINGS]
    named("scaling", {kind: kind for kind in kinds})
    kind = st.selectbox("context extension", kinds, key="scaling", bind="query-params")
    if kind == "none":
        return None
    return tuple(
        usual(str(kind), float(st.session_state.get("factor", 4)), float(st.session_state.get("trained", 64))).items()
    )


def good(wanted: Setup, key: str) -> Setup | None:
    """The setup if it can be built; else words, and the last one that could, in a new session the default one."""
    try:
        _build(wanted)
    except GlassformerError as error:
        last = st.session_state.get(key)
        shown = last or Setup(wanted.positional)
        if last is None:
            _build(shown)
        which = "the last that could be made" if last else "those of its usual numbers"
        other = f": {shown.title}" if shown.positional != wanted.positional else ""
        st.html(cards.problem(str(error), f"The pictures below are {which}{other}."))
        return shown
    st.session_state[key] = wanted
    return wanted


def _build(wanted: Setup) -> None:
    """Raises GlassformerError where it cannot be, or gives numbers that are none."""
    if np.isinf(compare.shown(compare.added(wanted))).any():
        raise InputError(f"{wanted.title} overflows with these numbers: some of what it adds is not finite.")


def show(figure: go.Figure, key: str, alt: str) -> None:
    """A figure that a screen reader can name, with its picture and its numbers to take away."""
    kind = str(st.session_state.get("as") or FORMATS[0]).lower()
    config = {
        "displaylogo": False, "toImageButtonOptions": {"format": kind, "filename": key, "scale": 2},
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    }  # fmt: skip
    st.plotly_chart(figure, key=key, alt=alt, config=config)
    st.download_button(
        "Numbers (CSV)", lambda: export.table(figure).encode(), f"{key}.csv", "text/csv", key=f"{key}-csv",
        type="tertiary", icon=":material/download:", on_click="ignore", help=alt,
    )  # fmt: skip


def note(words: str) -> None:
    """A remark in small print."""
    st.html(cards.notes([words]))


def format_of_pictures() -> None:
    named("as", {kind: kind for kind in FORMATS})
    st.segmented_control(
        "Pictures are saved as", FORMATS, default=FORMATS[0], required=True, key="as", bind="query-params",
        help="by the camera at the top of each picture",
    )  # fmt: skip


def table(head: list[str], rows: list[list[str]], caption: str) -> None:
    """A table of words, which scrolls by itself where it is wider than the page."""
    st.html(tables.table(head, rows, caption))
