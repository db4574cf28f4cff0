"""The way to take a walk along: one HTML file, made while the page shows how far it is, then downloaded.

Where it opens is the browser's to say, when it downloads: stepping on neither runs this script nor makes another file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from model import GlassformerError
from pages.shared.loading import Run
from pages.shared.presets import about
from pages.shared.state import View
from pages.shared.waiting import NotYet, wait_for
from viz import cards, components
from viz.arrays import encode
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


def offer(view: View, space: bool) -> Callable[[Run], None]:
    """Draws the button for a run; what it opens says what can be taken, and makes it."""

    def draw(run: Run) -> None:
        said = catalogue(view.language)
        with (
            st.container(key="leave", width="content"),
            st.popover(said.text("leave", "save"), icon=":material/save:"),
        ):
            st.html(cards.notes([said.text("leave", "save_help")]))
            _choose(view, run, space)

    return draw


def _choose(view: View, run: Run, space: bool) -> None:
    said = catalogue(view.language)

    def say(key: str, **values: object) -> str:
        return said.text("leave", key, **values)

    take = st.radio(
        say("take"), list(TAKES), key="leave_take", format_func=lambda word: say(f"take_{word}"),
        captions=[say(f"take_{word}_help") for word in TAKES],
    )  # fmt: skip
    if take == "everything" and (most := _too_much(run.id, run)):
        st.html(cards.notes([say("too_much", most=f"{most:,}")]))
    wanted = (run.id, take, view.language)
    if st.session_state.get(WANTED) != wanted:
        st.button(say("make"), key="leave_make", type="primary", on_click=_want, args=(wanted,))
        return
    try:
        wait_for(view, JOB, wanted, lambda: _made(*wanted, view, run), say("making"))
        made = _made(*wanted, view, run)
    except NotYet:
        return
    except NotBuiltError:
        st.html(cards.problem(say("not_built", build=components.BUILD)))
        return
    except GlassformerError as error:
        st.html(cards.problem(view.translated(error)))
        return
    components.leave(_message(made, run, space, said), key="leave_file")


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


def _want(wanted: tuple[str, str, str]) -> None:
    st.session_state[WANTED] = wanted


@st.cache_data(max_entries=64, show_spinner=False)
def _too_much(trace_id: str, _run: Run) -> int:  # noqa: ARG001  the id is the key
    return whole_is_too_much(_run.trace)


@st.cache_resource(max_entries=4, show_spinner=False, on_release=lambda made: FILES.remove(made.id))
def _made(trace_id: str, take: str, language: str, _view: View, _run: Run) -> Made:  # noqa: ARG001
    """The file. The id and the language are what the trace and the view are known by."""
    abouts = [about(replace(_view, language=code), _run) for code in languages(language)]
    body = compose(_run.trace, abouts, take)
    return Made(body, FILES.add(body))
