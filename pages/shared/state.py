"""What a page shows, as the link holds it. The address is the only memory: back, forward and a shared link all work.

Widgets are set from it before they are drawn, and write to it in their callbacks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from model.controls import KINDS
from pages.shared.kept import TEXTS
from viz.manifest import Start
from viz.prose import DEFAULT, catalogue, languages

LONGEST_IN_LINK = 2048  # bytes of text; a longer one stays on the server
LANGUAGE, PAGE = "language_shown", "page_shown"  # of the session
TYPED = ("input", "target", "written", "compare")  # parameters that may be long


@dataclass(frozen=True)
class View:
    """model   a built-in name, "scratch" or a folder
    net      for "scratch": the choices, as `controls.config_of` reads them
    weights  "shuffled" or "random" for a control, "" for the model's own
    reading  how text becomes tokens: "" with the special tokens, "plain" without, "chat" inside the chat template
    text     what was typed; None for the model's own example
    target   the same for the decoder of an encoder-decoder
    picture  for models that read pictures: the number of one that comes with the model, or the id of a kept one
    written  ids that the model has written behind the text, or behind the target where there is one
    against  what it is compared with, as `against.parse` reads it; "" for nothing
    language code of a file in `viz/prose`
    start    what a link from elsewhere asks to be shown first
    """

    model: str = "sort"
    net: str = ""
    weights: str = ""
    reading: str = ""
    text: str | None = None
    target: str | None = None
    picture: str = ""
    written: tuple[int, ...] = ()
    against: str = ""
    language: str = DEFAULT
    start: Start = field(default_factory=Start)

    def say(self, key: str, **values: object) -> str:
        """The page's own words, in the language of the link."""
        return catalogue(self.language).text("page", key, **values)

    def translated(self, text: object) -> str:
        """An error or a sentence that code words in English, in the language of the link."""
        return catalogue(self.language).message(str(text))


def kept_here() -> bool:
    """Whether the link leans on a text that only this server has."""
    return any(f"{name}_kept" in st.query_params for name in TYPED)


def lost() -> bool:
    """Whether the link names a kept text that this server does not have."""
    names = [st.query_params[f"{n}_kept"] for n in TYPED if f"{n}_kept" in st.query_params]
    return any(TEXTS.get(name) is None for name in names)


def read() -> View:
    """The view that the link describes. What cannot be read is left at its default."""
    q = st.query_params
    return View(
        model=q.get("model", "sort"),
        net=q.get("net", ""),
        weights=q.get("weights", "") if q.get("weights") in KINDS else "",
        reading=q.get("reading", "") if q.get("reading") in ("plain", "chat") else "",
        text=_text(q, "input"),
        target=_text(q, "target"),
        picture=q.get("picture", "")[:40],
        written=_whole(_text(q, "written") or ""),
        against=_text(q, "compare") or "",
        language=q.get("lang", DEFAULT) if q.get("lang") in languages() else DEFAULT,
        start=Start(
            q.get("stage", ""), _cell(q.get("cell", "")), _place(q.get("head", "")), _place(q.get("token", ""))
        ),
    )


def language_shown() -> str:
    """The language of the link; where it names none, the one that was last shown."""
    given = st.query_params.get("lang")
    return str(given if given in languages() else st.session_state.get(LANGUAGE, DEFAULT))


def carry_language(page: str) -> None:
    """Links of the navigation name no language, so from page to page it is carried along. Within a page the link rules:
    a step back may lead to another language."""
    shown, stays = language_shown(), page == st.session_state.get(PAGE)
    st.session_state[PAGE] = page
    if "lang" not in st.query_params and shown != DEFAULT:
        if stays:
            st.session_state[LANGUAGE] = DEFAULT
            st.rerun()
        st.query_params["lang"] = shown
    st.session_state[LANGUAGE] = shown


def _text(q: Any, name: str) -> str | None:
    kept = q.get(f"{name}_kept")
    return q.get(name) if kept is None else TEXTS.get(kept)


def _cell(text: str) -> tuple[int, ...] | None:
    return _whole(text) if re.fullmatch(r"\d{1,9}(,\d{1,9}){0,7}", text) else None


def _whole(text: str) -> tuple[int, ...]:
    """Whole numbers with commas; none where it is anything else."""
    return tuple(int(i) for i in text.split(",")) if re.fullmatch(r"\d{1,9}(,\d{1,9})*", text, re.ASCII) else ()


def _place(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else None


def link(view: View) -> dict[str, str]:
    """The query parameters of a view; defaults are left out.

    Where a walk is by now stands behind the # of the address, which is the browser's. What a link asked to be shown
    first is not written again: it would win over that.
    """
    plain = {
        "model": view.model, "net": view.net, "weights": view.weights, "reading": view.reading,
        "picture": view.picture, "lang": view.language,
    }  # fmt: skip
    default = dict.fromkeys(plain, "") | {"model": "sort", "lang": DEFAULT}
    out = {k: v for k, v in plain.items() if v != default[k]}
    written = ",".join(map(str, view.written)) or None
    for name, text in zip(TYPED, (view.text, view.target, written, view.against or None), strict=True):
        if text is not None:
            short = len(text.encode("utf-8", "surrogatepass")) <= LONGEST_IN_LINK
            out |= {name: text} if short else {f"{name}_kept": TEXTS.keep(text)}
    return out


def go(view: View, **changes: Any) -> None:
    """Makes the link describe another view. For callbacks: the script that runs next reads it."""
    wanted = link(replace(view, **changes))
    st.session_state[LANGUAGE] = wanted.get("lang", DEFAULT)
    if dict(st.query_params.to_dict()) != wanted:
        st.query_params.from_dict(wanted)  # all at once: one entry of the browser's history
