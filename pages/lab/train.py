"""Train one now: encodings, a task and a seed, and the curves and the attention as they form.

Runs are processes of their own on this server; this page only looks at them, so leaving it changes nothing. The link
holds the word under which they are kept.
"""

from __future__ import annotations

import secrets
from typing import Any

import streamlit as st

from model import GlassformerError
from model.registry import variants
from model.train.positions import ROWS as WATCHED
from model.train.positions_live import Service
from model.train.positions_measure import CONVERGED
from model.train.positions_measure import ROWS as MEASURED
from model.train.positions_seen import DIED, FINISHED, MOST_SEED, MOST_STEPS, PAUSED, RUNNING, WAITING, Run, trial_of
from model.train.positions_sweep import encodings
from model.train.positions_tasks import TASKS
from pages.lab.links import named
from pages.lab.widgets import note, table, whole
from viz import board, cards, components
from viz.positions import setup, training

ROOM = "runs"  # in the link
SHOWN = 6  # runs at a time, the newest
FIRST = ("offset", "rotary")  # shipped, and shown before anything was trained
EVERY = 1.0  # seconds


@st.cache_resource(max_entries=1, on_release=Service.close, show_spinner=False)
def service() -> Service:
    """One for all sessions."""
    return Service()


def main() -> None:
    task = _choose()
    if (said := st.session_state.pop("train-said", None)) is not None:
        st.html(cards.problem(said))
    room = _room()
    if room is not None and _moving(room):
        st.fragment(_watch, run_every=EVERY)(room)
    else:
        _show(room)
    st.subheader("What this can and cannot tell")
    note(
        f"A run below {CONVERGED} at the trained size has not converged, and nothing follows from it for its "
        f"encoding: it may only need more steps. The shipped comparison has {TASKS[task].steps:,} steps for this task."
    )
    note(
        "These are small networks of two layers, trained by the same code as the shipped comparison: a run of the same "
        f"seed and steps ends with the same numbers on the same machine. Curves are measured on {WATCHED} rows; what a "
        f"finished run can do, on {MEASURED} others, with its weights rounded to 16 bits as they are shipped."
    )


def _choose() -> str:
    """Controls; returns the task."""
    names = encodings() + [name for name in ("drawn",) if name in variants("positional")]
    named("train-task", {name: task.title for name, task in TASKS.items()}, TASKS[FIRST[0]].title)
    named("train-encodings", setup.titles(names), "what else is chosen")
    task = str(
        st.segmented_control(
            "Task", list(TASKS), default=FIRST[0], required=True, key="train-task", bind="query-params",
            format_func=lambda t: TASKS[t].title,
        )
    )  # fmt: skip
    note(TASKS[task].what)
    st.multiselect(
        "Encodings, a run of each", names, ["rotary", "alibi"], format_func=setup.title, key="train-encodings",
        bind="query-params", max_selections=service().of_room,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        whole(
            "Steps", 1, MOST_STEPS, TASKS[task].steps, f"train-steps-{task}", width=150,
            help=f"the shipped comparison has {TASKS[task].steps:,}",
        )  # fmt: skip
        whole("Seed", 0, MOST_SEED, 0, "train-seed", width=150, help="of the weights and the batches")
        st.button("Start", type="primary", icon=":material/play_arrow:", on_click=_start, args=(task,))
    return task


def _start(task: str) -> None:
    chosen = st.session_state["train-encodings"]
    if not chosen:
        st.session_state["train-said"] = "no encoding is chosen; choose one at least."
        return
    room = _room() or secrets.token_urlsafe(12)
    try:
        seed, steps = st.session_state["train-seed"], st.session_state[f"train-steps-{task}"]
        service().start(room, [trial_of(task, name, seed, steps, _options(name)) for name in chosen])
    except GlassformerError as error:
        st.session_state["train-said"] = str(error)
        return
    st.session_state[ROOM] = st.query_params[ROOM] = room


def _options(name: str) -> Any:
    """Of an encoding that a person made on this page."""
    return st.session_state.get(f"{name}-options", ())


def _room() -> str | None:
    """The word of the link; when the page was left and found again, of the session."""
    room = st.query_params.get(ROOM) or st.session_state.get(ROOM)
    if room is not None and service().runs(room):
        st.session_state[ROOM] = st.query_params[ROOM] = room
    return room


def _moving(room: str) -> bool:
    """Whether anything can change without anybody asking."""
    return any(run.open and run.state != PAUSED for run in service().runs(room))


def _watch(room: str) -> None:
    """Drawn again every second while something is under way."""
    if not _moving(room):
        st.rerun()
    _show(room)


def _show(room: str | None) -> None:
    runs = service().runs(room) if room is not None else []
    if room is not None and not runs:
        st.html(cards.notes(["The runs of this link are not on this server any more. Start new ones."]))
    for run in runs[-SHOWN:]:
        _row(run)
    if len(runs) > SHOWN:
        note(f"The newest {SHOWN} of {len(runs)} runs are shown; remove some to see the others.")
    seen = [training.watched_run(run) for run in runs[-SHOWN:] if run.looks and run.curve]
    if seen:
        file, label = "training", "Curves and attention of your runs"
    else:
        seen, file, label = [training.shipped(*FIRST)], "shipped-run", "Curves and attention of a shipped run"
        note(
            f"Until there is something of yours to see, here is a run of the shipped comparison: {seen[0].title}. "
            "Move the step to see its attention form."
        )
    components.board(board.payload(training.board(seen, file, label)), key="training")
    _finished([run for run in runs if run.state == FINISHED])


def _row(run: Run) -> None:
    """One run: how far it is, and what can be asked of it."""
    words = f"<strong>{cards.text(training.name(run))}</strong>: {cards.text(training.state(run))}"
    with st.container(border=True, key=f"run-{run.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<p class="gf-notes" data-run="{run.state}">{words}</p>', width="stretch")
            if run.state in (WAITING, RUNNING):
                _ask("Pause", "pause", run, "pause")
            if run.state in (PAUSED, DIED):
                _ask("Resume", "play_arrow", run, "resume")
            if run.open:
                _ask("Stop", "stop", run, "stop")
            else:
                _ask("Remove", "delete", run, "remove")
        st.progress(run.step / run.trial.steps)


def _ask(label: str, icon: str, run: Run, what: str) -> None:
    st.button(
        label, key=f"{what}-{run.id}", icon=f":material/{icon}:", on_click=_asked, args=(run.room, run.id, what),
        type="tertiary", help=training.name(run),
    )  # fmt: skip


def _asked(room: str, id_: str, what: str) -> None:
    try:
        getattr(service(), what)(room, id_)
    except GlassformerError as error:
        st.session_state["train-said"] = str(error)


def _finished(runs: list[Run]) -> None:
    for task in dict.fromkeys(run.trial.task for run in runs):
        some = [run for run in runs if run.trial.task == task][-SHOWN:]
        st.subheader(f"{TASKS[task].title}: beyond the trained size")
        components.board(board.payload(training.lengths(some)), key=f"lengths-{task}")
        table(
            ["Run", f"at size {TASKS[task].trained}", *(f"size {n}" for n in TASKS[task].tested)],
            [
                [training.name(r), training.verdict(r.row), *(f"{m['accuracy']:.4f}" for m in r.row["sizes"].values())]
                for r in some
                if r.row is not None
            ],
            "Accuracy of each run",
        )
