"""The way to take a walk along: one HTML file, made while the page shows how far it is, then downloaded.

Where it opens is the browser's to say, when it downloads: stepping on neither runs this script nor makes another file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from model import GlassformerError, Trace
from pages.shared.compare import Compared
from pages.shared.loading import Run
from pages.shared.presets import about
from pages.shared.state import View
from pages.shared.waiting import NotYet, wait_for
from viz import cards, components
from viz.arrays import encode
from viz.leave.chunks import Beside
from viz.leave.document import NotBuiltError
from viz.leave.file import compose, languages, whole_is_too_much
from viz.leave.taking import TAKES
from viz.prose import Catalogue, catalogue
from viz.store import FILES

WANTED, JOB = "leave_wanted", "leave_job"


@dataclass(frozen=True, eq=False)
class Made:
    """A file, and the id under which the browser may fetch it."""

    body: bytes
    id: str


@dataclass(frozen=True, eq=False)
class Walk:
    """What is to be taken along: a run, and the pass that it is compared with, if there is one."""

    run: Run
    compared: Compared | None
    against: str = ""  # how the link spells what it is compared with

    @property
    def key(self) -> tuple[str, ...]:
        return (self.run.id,) if self.compared is None else (self.run.id, self.compared.other.id, self.against)

    @property
    def other(self) -> Trace | None:
        return None if self.compared is None else self.compared.other.trace


def offer(view: View, run: Run, compared: Compared | None, space: bool, waits: bool) -> None:
    """The button; what it opens says what can be taken, and makes it.

    waits: the pass to compare with is not there yet.
    """
    said = catalogue(view.language)
    with st.popover(said.text("leave", "save"), icon=":material/save:", disabled=waits):
        st.html(cards.notes([said.text("leave", "save_help")]))
        _choose(view, Walk(run, compared, view.against), space)


def _choose(view: View, walk: Walk, space: bool) -> None:
    said = catalogue(view.language)

    def say(key: str, **values: object) -> str:
        return said.text("leave", key, **values)

    if walk.compared is not None:
        st.html(cards.notes([say("both", what=walk.compared.title(walk.run, said))]))
    take = st.radio(
        say("take"), list(TAKES), key="leave_take", format_func=lambda word: say(f"take_{word}"),
        captions=[say(f"take_{word}_help") for word in TAKES],
    )  # fmt: skip
    if take == "everything" and (most := _too_much(walk.key, walk)):
        st.html(cards.notes([say("too_much", most=f"{most:,}")]))
    wanted = (walk.key, take, view.language)
    if st.session_state.get(WANTED) != wanted:
        st.button(say("make"), key="leave_make", type="primary", on_click=_want, args=(wanted,))
        return
    try:
        wait_for(view, JOB, wanted, lambda: _made(*wanted, view, walk), say("making"))
        made = _made(*wanted, view, walk)
    except NotYet:
        return
    except NotBuiltError:
        st.html(cards.problem(say("not_built", build=components.BUILD)))
        return
    except GlassformerError as error:
        st.html(cards.problem(view.translated(error)))
        return
    components.leave(_message(made, walk.run, space, said), key="leave_file")


def _message(made: Made, run: Run, space: bool, said: Catalogue) -> bytes:
    """`Told` of web/src/components/leave.ts."""
    if FILES.get(made.id) is None:  # others have pushed it out
        FILES.put(made.id, made.body)
    words = {
        "download": said.text("leave", "download", size=f"{len(made.body) / 1e6:,.1f}"),
        "failed": said.tables["leave"]["failed"],
    }
    name = f"glassformer-{re.sub(r'[^A-Za-z0-9]+', '-', run.model).strip('-')[-40:]}.html"
    told = {"id": made.id, "name": name, "language": said.code, "space": space, "words": words}
    return encode([], leave=told)


def _want(wanted: tuple[tuple[str, ...], str, str]) -> None:
    st.session_state[WANTED] = wanted


@st.cache_data(max_entries=64, show_spinner=False)
def _too_much(key: tuple[str, ...], _walk: Walk) -> int:  # noqa: ARG001
    return whole_is_too_much(_walk.run.trace, _walk.other)


@st.cache_resource(max_entries=4, show_spinner=False, on_release=lambda made: FILES.remove(made.id))
def _made(key: tuple[str, ...], take: str, language: str, _view: View, _walk: Walk) -> Made:  # noqa: ARG001
    """The file. The key and the language are what the walk and the view are known by."""
    views = [replace(_view, language=code) for code in languages(language)]
    body = compose(_walk.run.trace, [about(view, _walk.run) for view in views], take, _beside(views, _walk))
    return Made(body, FILES.add(body))


def _beside(views: Sequence[View], walk: Walk) -> Beside | None:
    if walk.compared is None:
        return None
    other, against = walk.compared.other, walk.compared.against
    titles = [walk.compared.title(walk.run, catalogue(view.language)) for view in views]
    return Beside(other.trace, [about(view, other) for view in views], against.kind, titles)
