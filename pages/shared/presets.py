"""One click to start from; and the trace that comes with the app, shown while a model's weights are not here."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import model
from model import GlassformerError, shipped
from model.checkpoints import cache
from model.checkpoints import cards as cards_of_models
from pages.shared.jobs import Job
from pages.shared.loading import Run, get_model, kept
from pages.shared.state import View, go
from pages.shared.waiting import EVERY, watch
from viz import cards
from viz.manifest import About
from viz.presets import Preset, open_preset, presets
from viz.prose import catalogue
from viz.store import STORE

SOON = 0.1  # seconds in which a model that another page has opened is there
JOB = "weights_job"


def choose_preset(view: View) -> None:
    """Chips, each of which opens a model on an input. A variation is offered beside the one it varies.

    They come out below the row when somebody asks for them, and go away when one is chosen: what is said of the chosen
    one is then another, and Streamlit draws the closed `details` anew.
    """
    said = catalogue(view.language)
    offered = {p.key: p for p in presets() if not p.under or p.model == view.model}
    chosen = next((key for key, p in offered.items() if _shows(view, p)), None)
    fresh = st.session_state.get("preset") in (None, chosen)
    if not fresh:
        st.session_state["preset"] = chosen

    def changed() -> None:
        wanted = offered.get(st.session_state["preset"])
        if wanted is None:  # the chosen one was clicked again; it stays
            st.session_state["preset"] = chosen
        else:
            go(View(model=wanted.model, net=wanted.net, text=wanted.text, language=view.language))

    label = cards.text(said.text("presets", "start"))
    st.html(
        f'<details class="gf-start" data-chosen="{chosen or ""}"><summary>{label}</summary></details>', width="content"
    )
    with st.container(key="presets"):
        st.pills(
            said.text("presets", "start"), list(offered), key="preset", default=chosen if fresh else None,
            on_change=changed, format_func=lambda key: said.text("presets", key), wrap=True,
            label_visibility="collapsed",
        )  # fmt: skip


def _shows(view: View, preset: Preset) -> bool:
    same = (view.model, view.net) == (preset.model, preset.net) and not view.weights and not view.reading
    same = same and not view.written
    own = view.text is None and _is_shipped(preset.model, preset.text)
    return same and (own or view.text == preset.text)


def _is_shipped(name: str, text: str | None) -> bool:
    """Whether this text is the one that the model's shipped trace is of: its own example too."""
    return name in shipped.names() and text == shipped.card(name)["text"]


def stand_in(view: View) -> Run | None:
    """The shipped trace, where the model's weights are not here, or are being read and the link asks for that text.

    None where the model itself is to be used.
    """
    if view.model not in shipped.names():
        return None
    if view.model in model.available():
        own = view.text is None or _is_shipped(view.model, view.text)
        if view.weights or view.reading or view.written or not own or _job(view.model).wait(SOON):
            return None
    return _shipped(view.model)


def shown_meanwhile(view: View) -> Run | None:
    """The shipped trace, where it is of the very text that the model is being run on; None where there is none."""
    own = view.text is None or _is_shipped(view.model, view.text)
    if view.model not in shipped.names() or view.weights or view.reading or view.written or not own:
        return None
    return _shipped(view.model)


def _shipped(name: str) -> Run:
    return kept(_run(name))


def to_fetch(name: str) -> bool:
    """Whether a model known by name is not on this machine: it is fetched when somebody says so, and not before."""
    return name not in model.available() and name in {card["name"] for card in cards_of_models()}


@st.cache_resource(max_entries=4, show_spinner=False, on_release=lambda run: STORE.remove(run.id))
def _run(name: str) -> Run:
    trace = open_preset(name)
    return Run(trace, STORE.add(trace), name)


def about(view: View, run: Run) -> About:
    """What the component is told of a run; of a shipped trace, also what it is and why cells are not worked out."""
    if run.trace.network is not None:
        return About(run.id, run.model, run.weights, view.language, stands_in=run.stands_in)
    missing = catalogue(view.language).text("presets", "missing")
    return About(run.id, run.model, "", view.language, shipped.card(run.model), missing, run.stands_in)


def show_sentence(view: View, row: DeltaGenerator) -> str:
    """The text of the shipped trace, in the place of the box for one's own."""
    text = str(shipped.card(view.model)["text"])
    row.text_input(catalogue(view.language).text("presets", "sentence"), text, disabled=True, key="input_shipped")
    return text


def say_why(view: View, row: DeltaGenerator) -> None:
    """Why the model itself is not shown, and the way to fetch it.

    row: where the input is; what stands there for a moment only moves nothing below it.
    """
    if view.model in model.available():
        with row:
            _offer_weights(view)
            st.html(cards.notes([catalogue(view.language).text("presets", "opening")]))
        return
    with st.container(horizontal=True, vertical_alignment="center", key="fetch"):
        _offer_weights(view)
        _say_missing(view)


def _say_missing(view: View) -> None:
    """That weights are missing; what else the link asks for that has to wait; how the last try ended."""
    said, job = catalogue(view.language), _begun(view.model)
    key, words = "shipped", {"size": _size(view.model)}
    if view.model not in shipped.names():
        key, words["name"] = "absent", view.model
    elif view.weights or view.written or (view.text is not None and not _is_shipped(view.model, view.text)):
        key = "waiting"
        words["what"] = said.text("presets", "control" if view.weights else "own_text")
    st.html(cards.notes([said.text("presets", key, **words)]))
    if job is not None and job.stopped:
        st.html(cards.notes([said.text("presets", "stopped")]))
    elif job is not None and job.error is not None:
        if not isinstance(job.error, (GlassformerError, OSError)):
            raise job.error  # a mistake of ours
        st.html(cards.problem(view.translated(job.error)))


def _offer_weights(view: View) -> None:
    """The way to fetch the model; while it comes or is opened, how far that is."""
    said, name, job = catalogue(view.language), view.model, _begun(view.model)
    if job is not None and job.running:
        if name not in model.available():
            watch(JOB, view, "")
        else:
            _until_opened()
    elif name in model.available():
        st.rerun()  # it has been opened since this run looked
    else:
        label = said.text("presets", "fetch", size=_size(name))
        st.button(label, key="fetch_weights", icon=":material/download:", type="primary", on_click=_start, args=(name,))


def _size(name: str) -> str:
    """Megabytes that fetching a model brings over the network."""
    return f"{next(c['fetch_bytes'] for c in cards_of_models() if c['name'] == name) / 1e6:,.0f}"


def _begun(name: str) -> Job | None:
    job: Job | None = st.session_state.get(JOB)
    return job if job is not None and job.key == name else None


def _job(name: str) -> Job:
    """The work of opening a model in this session, begun where it was not."""
    if _begun(name) is None:
        _start(name)
    return st.session_state[JOB]


def _start(name: str) -> None:
    st.session_state[JOB] = Job(name, lambda progress: _open(name, progress))


def _open(name: str, progress: cache.Progress) -> None:
    """Brings a model into the cache that all sessions share, fetched first where need be."""
    with cache.reporting(progress):
        get_model(name)


@st.fragment(run_every=EVERY)
def _until_opened() -> None:
    """Without a word: the trace that is shown meanwhile says it."""
    job: Job | None = st.session_state.get(JOB)
    if job is None or not job.running:
        st.rerun()
