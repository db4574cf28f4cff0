"""The parts of a network from scratch: one control a choice, read off the registries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from model import GlassformerError
from model.registry import Option
from pages.shared import networks
from pages.shared.held import held
from pages.shared.state import View, go
from viz.prose import Catalogue, catalogue

LONGEST = 500  # characters of a part's own text
LARGEST = 1_000_000_000  # that a control offers for a part's own number


def choose_parts(view: View) -> None:
    """Every choice of a network from scratch."""
    try:
        chosen = networks.parse(view.net)
    except GlassformerError:
        chosen = networks.parse("")  # the card above says what is wrong with the link
    said = catalogue(view.language)
    with st.expander(said.text("network", "parts"), icon=":material/construction:"):
        columns = st.columns(4)
        for i, word in enumerate(("architecture", *networks.SEAMS, "norm_placement")):
            _select(columns[i % 4], view, chosen, word, said.text("network", word), networks.choices(word))
        columns = st.columns(4)
        # Only grouped queries leave the number of key/value heads open.
        sizes = {w: s for w, s in networks.SIZES.items() if w != "n_kv_heads" or chosen["attention"] == "grouped_query"}
        for i, (word, (low, high)) in enumerate(sizes.items()):
            _number(columns[i % 4], view, chosen, word, said.text("network", word), low, high)
        columns = st.columns(4)
        for i, word in enumerate((*networks.FLAGS, *networks.WHOLE)):
            _flag(columns[i % 4], view, chosen, word, said.text("network", word))
        columns = st.columns(4)
        for i, (word, (least, most)) in enumerate(networks.NUMBERS.items()):
            _number(columns[i % 4], view, chosen, word, said.text("network", word), least, most)
        for i, (word, option) in enumerate(networks.options(chosen).items(), start=len(networks.NUMBERS)):
            _option(columns[i % 4], view, chosen, word, option)
        for word, option in networks.tables(chosen).items():
            if chosen.get(word):
                _text(st, view, chosen, word, _label(said, word), option.help)


def _changed(view: View, chosen: dict[str, Any], word: str) -> None:
    after = {**chosen, word: st.session_state[f"net_{word}"]}
    if word == "architecture":
        after["mask"] = networks.default_mask(after)
    go(view, net=networks.write(after))


def _select(
    box: Any, view: View, chosen: dict[str, Any], word: str, label: str, options: Sequence[Any], help_: str = ""
) -> None:
    key, said = f"net_{word}", catalogue(view.language)
    box.selectbox(
        label, options, key=key, format_func=lambda n: said.part(networks.title(word, n)), on_change=_changed,
        args=(view, chosen, word), help=said.part(help_) or None, **held(key, chosen[word], options),
    )  # fmt: skip


def _flag(box: Any, view: View, chosen: dict[str, Any], word: str, label: str) -> None:
    key = f"net_{word}"
    box.checkbox(label, key=key, on_change=_changed, args=(view, chosen, word), **held(key, chosen[word]))


def _number(
    box: Any, view: View, chosen: dict[str, Any], word: str, label: str, low: Any, high: Any, help_: str = ""
) -> None:
    key, said = f"net_{word}", catalogue(view.language)
    box.number_input(
        label, low, high, key=key, on_change=_changed, args=(view, chosen, word), help=said.part(help_) or None,
        **held(key, min(max(chosen[word], low), high)),
    )  # fmt: skip


def _text(box: Any, view: View, chosen: dict[str, Any], word: str, label: str, help_: str) -> None:
    key, said = f"net_{word}", catalogue(view.language)
    box.text_input(
        label, key=key, on_change=_changed, args=(view, chosen, word), help=said.part(help_), max_chars=LONGEST,
        autocomplete="off", **held(key, chosen[word]),
    )  # fmt: skip


def _label(said: Catalogue, word: str) -> str:
    return said.text("options", word) if said.has("options", word) else word


def _option(box: Any, view: View, chosen: dict[str, Any], word: str, option: Option) -> None:
    """A part's own number or word, as its file declares it."""
    said = catalogue(view.language)
    label = _label(said, word)
    chosen.setdefault(word, option.default)
    if option.choices:
        _select(box, view, chosen, word, label, option.choices, option.help)
        return
    if isinstance(option.default, str):
        _text(box, view, chosen, word, label, option.help)
        return
    kind = type(option.default)
    low, high = kind(option.low or 0), kind(min(option.high or LARGEST, LARGEST))
    _number(box, view, chosen, word, label, low, high, option.help)
