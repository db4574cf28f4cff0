"""The input of a model that reads pictures: a gallery of those that come with it, or a file of one's own."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import Any

import streamlit as st
from torch import Tensor

import model
from model import InputError, Trace
from model.pictures import MOST_BYTES
from pages.shared.state import View, go
from viz import cards, labels, pictures

KEPT = "kept:"  # before the id of a picture that only this server has
_MOST_KEPT = 64
PROBLEM, FILE = "picture_problem", "picture_file"


@st.cache_resource(max_entries=1)
def _kept() -> OrderedDict[str, Tensor]:
    """Pictures of people's own at the size of their model, by a random id."""
    return OrderedDict()


def keep(levels: Tensor) -> str:
    """Remembers a picture on the server; what the link says of it."""
    kept, name = _kept(), secrets.token_urlsafe(9)
    kept[name] = levels
    while len(kept) > _MOST_KEPT:
        kept.popitem(last=False)
    return KEPT + name


def levels_of(m: model.Model, picture: str) -> Tensor:
    """[channel, row, column] 0 to 255 of what the link names. Raises InputError."""
    if picture.startswith(KEPT):
        found = _kept().get(picture.removeprefix(KEPT))
        if found is None:
            raise InputError("this link leans on a picture that only the server where it was opened has kept.")
        if tuple(found.shape) != m.config.image:
            raise InputError("this picture was made ready for another model; open its file again.")
        return found
    if picture and not (picture.isascii() and picture.isdigit() and len(picture) < 10):
        raise InputError(f"picture={picture[:20]!r} is no number of a picture.")
    return pictures.levels(m, int(picture) if picture else None)


def features_of(m: model.Model, picture: str) -> Tensor:
    return pictures.processor(m).features(levels_of(m, picture))


def choose_picture(view: View, found: model.Model) -> None:
    """The gallery, and beside it the way to open a file."""
    with st.container(horizontal=True, vertical_alignment="center", key="pictures"):
        if pictures.has_own(found):
            _gallery(view, found)
        with st.popover(view.say("picture.own"), icon=":material/image:"):
            _file(view, found)


def say_problem(view: View) -> None:
    """Why the last file could not be opened, where it could not."""
    problem = st.session_state.get(PROBLEM)
    if problem:
        st.html(cards.problem(view.translated(problem), view.say("below.input")))


def shown_number(view: View, found: model.Model) -> int | None:
    """Of the picture, among those that come with the model; None of another one."""
    if view.picture.startswith(KEPT) or not pictures.has_own(found):
        return None
    return int(view.picture) if view.picture.isdecimal() else pictures.gallery(found.card["name"])[0]


def _gallery(view: View, found: model.Model) -> None:
    name = found.card["name"]
    levels, truth = pictures.shipped(name)
    offered = [str(i) for i in pictures.gallery(name)]
    now = view.picture or offered[0]
    shown = now if now in offered else None
    if "picture" in st.session_state and st.session_state["picture"] != shown:
        st.session_state["picture"] = shown
    fresh = "picture" not in st.session_state

    def changed() -> None:
        st.session_state.pop(PROBLEM, None)
        chosen = st.session_state["picture"]
        go(view, picture=now if chosen is None else chosen)

    def title(number: str) -> str:
        label = found.card["labels"][int(truth[int(number)])]
        return f"![{label}]({pictures.url(levels[int(number)][None])}) {label}"

    st.pills(
        view.say("picture.gallery"), offered, key="picture", format_func=title, on_change=changed, wrap=False,
        default=shown if fresh else None, label_visibility="collapsed",
    )  # fmt: skip


def _file(view: View, found: model.Model) -> None:
    channels, height, width = found.config.image

    def changed() -> None:
        file = st.session_state.get(FILE)
        if file is not None:
            _open(view, found, file.getvalue(), bool(st.session_state.get("picture_swapped")))

    st.file_uploader(
        view.say("picture.file", n=MOST_BYTES >> 20), ["png", "jpg", "jpeg"], key=FILE, on_change=changed,
        max_upload_size=MOST_BYTES >> 20,
    )  # fmt: skip
    st.toggle(view.say("picture.swapped"), key="picture_swapped", on_change=changed)
    colours = view.say("picture.grey" if channels == 1 else "picture.colour")
    said = [view.say("picture.made", colours=colours, height=height, width=width)]
    if found.card.get("light_on_dark"):
        said.append(view.say("picture.light"))
    if found.processor is None:
        said.append(view.say("picture.no_processor"))
    st.html(cards.notes(said))


def _open(view: View, found: model.Model, data: bytes, swapped: bool) -> None:
    """Makes a file the input. One that cannot be read is told of, and what was shown stays."""
    try:
        levels = pictures.processor(found).levels(data, swapped)
    except InputError as error:
        st.session_state[PROBLEM] = str(error)
        return
    st.session_state.pop(PROBLEM, None)
    go(view, picture=keep(levels))


def about(view: View, found: model.Model, trace: Trace) -> None:
    """What the picture is, and what the model takes it for."""
    said: list[str] = []
    if view.picture.startswith(KEPT):
        said.append(view.say("picture.kept"))
    elif pictures.has_own(found):
        name = found.card["name"]
        number = int(view.picture) if view.picture else pictures.gallery(name)[0]
        label = found.card["labels"][int(pictures.shipped(name)[1][number])]
        said.append(view.say("picture.truth", n=number, label=label))
    else:
        said.append(view.say("picture.made_up"))
    names: Any = labels.labels_of(trace)
    if names is not None and "probs" in trace and trace["probs"].dim() == 1:
        best = int(trace["probs"].argmax())
        said.append(view.say("picture.answer", label=names[best], share=f"{trace['probs'][best].item():.1%}"))
    st.html(cards.notes(said))
