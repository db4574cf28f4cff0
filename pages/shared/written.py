"""What a model has written behind a text: heard from the browser, kept in the link, shown in the box."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import model
from model import GlassformerError
from pages.shared.loading import Asked, default_text, given
from pages.shared.state import View, go

MOST = 1 << 16  # ids of one message


def asked_of(view: View) -> Asked:
    """What the link asks to be run."""
    return Asked(view.model, view.net, view.text, view.target, view.weights, view.reading, view.picture, view.written)


def hear(view: View, told: Any) -> None:
    """The browser's word that so much is now written, `{"written": [ids]}`: the link then says so.

    All of it and not one token more, so that a word heard twice changes nothing.
    """
    ids = told.get("written") if isinstance(told, dict) else None
    if not isinstance(ids, list) or len(ids) > MOST:
        return
    if all(isinstance(i, int) and not isinstance(i, bool) and 0 <= i < 10**9 for i in ids):
        go(view, written=tuple(ids))


def grown_text(view: View, found: model.Model) -> str | None:
    """The text with what the model wrote behind it, where reading it gives these very tokens; None where none does.

    Half a character has no text, an end mark that the tokenizer adds would stand elsewhere, a tokenizer may cut the
    longer text in another way, and a box of one line holds no line end.
    """
    if not view.written:
        return None
    try:
        return _grown_text(view, found)
    except GlassformerError:
        return None  # the prompt itself cannot be read: the page says so where it runs the model


def _grown_text(view: View, found: model.Model) -> str | None:
    name = "target" if found.config.architecture == "encoder-decoder" else "text"
    typed = getattr(view, name)
    prompt = default_text(found, target=name == "target") if typed is None else typed
    wanted = _ids(found, asked_of(view))
    if found.tokenizer is None:
        text = " ".join([prompt, *map(str, view.written)])
    else:
        before = found.tokenizer.decode(wanted[: -len(view.written)])
        whole = found.tokenizer.decode(wanted)
        if not whole.startswith(before):
            return None
        text = prompt + whole[len(before) :]
    if len(text.splitlines()) > 1 or text.endswith(("\n", "\r")):
        return None
    longer = replace(asked_of(view), **{name: text}, written=())
    return text if _ids(found, longer) == wanted else None


def _ids(found: model.Model, asked: Asked) -> list[int]:
    """What the decoder reads."""
    read = found.inputs(**given(found, asked))
    return (read.tokens if read.target is None else read.target).tolist()
