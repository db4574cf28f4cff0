"""Model and input: the controls that every page about a trace begins with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import model
from model import GlassformerError, InputError
from model.checkpoints import cards as cards_of_models
from pages.shared.folded import fold, quoted, say_folded, short_input
from pages.shared.given import choose_example, choose_reading, offer_upper_case, show_tokens, type_input, why
from pages.shared.held import choice, held
from pages.shared.loading import SCRATCH, Asked, Run, get_model, run
from pages.shared.parts import choose_parts
from pages.shared.pictures import about, choose_picture, say_problem
from pages.shared.presets import (
    choose_preset,
    say_why,
    show_sentence,
    shown_meanwhile,
    stand_in,
    to_fetch,
)
from pages.shared.state import View, go, kept_here, lost
from pages.shared.waiting import NotYet, wait_for
from pages.shared.written import asked_of
from viz import cards
from viz.prose import catalogue, languages


def model_and_input(view: View, beside: Callable[[Run], None] | None = None) -> Run:
    """Draws the controls and returns the run they ask for; after a problem, the last good one.

    beside: draws what is to be done with the run, at the end of the first row.
    """
    with st.container(key="controls", gap="xxsmall"):
        line = fold(view)
        where = st.container(horizontal=True, vertical_alignment="center", gap="small", key="where")
        with where:
            choose_preset(view)
            _choose_model(view)
            _choose_weights(view)
            _choose_language(view)
        run = _chosen(view, line)
    if beside is not None:
        with where:
            beside(run)
    return run


def _chosen(view: View, line: DeltaGenerator) -> Run:
    """The run of the chosen model on the chosen input, which `line` says in short."""
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="more")
    shown = stand_in(view)
    if shown is not None or to_fetch(view.model):
        say_folded(line, view, "" if shown is None else quoted(show_sentence(view, row)))
        say_why(view, row)
        return shown or _standing_in(_last_good())
    found = _model(view)
    if found is None:
        say_folded(line, view)
        return _standing_in(_last_good())
    say_folded(line, view, short_input(view, found))
    with row:
        if found.reads_pictures:
            choose_picture(view, found)
        else:
            type_input(view, found)
            chosen = choose_example(view, found)
            choose_reading(view, found)
            why(chosen)
        told = st.container(key="told")
    say_problem(view)
    if view.model == SCRATCH:
        choose_parts(view)
    return _run(view, found, told)


def _choose_model(view: View) -> None:
    names = [*model.available(), SCRATCH]
    names += [] if view.model in names else [view.model]

    def changed() -> None:
        # Another model reads other inputs: its own example comes first.
        go(View(model=st.session_state["model"] or "sort", language=view.language))

    st.selectbox(
        view.say("model"),
        names,
        key="model",
        **held("model", view.model, names),
        format_func=lambda name: _title(view, name),
        on_change=changed,
        accept_new_options=True,
        help=view.say("model_help"),
    )


def _title(view: View, name: str) -> str:
    if name == SCRATCH:
        return view.say("scratch")
    # From the cards alone: a list must not open every model in it.
    title = next((c.get("title", "") for c in cards_of_models() if c["name"] == name), "")
    return f"{name}: {view.translated(title)}" if title else name


def _choose_weights(view: View) -> None:
    """Trained, or a control: what a picture owes to training shows when the weights are anything else."""
    if view.model == SCRATCH:
        return
    kinds = {kind: view.say(f"weights.{kind}") for kind in ("", "shuffled", "random")}
    choice(
        view.say("weights"), kinds, view.weights, "weights", lambda kind: go(view, weights=kind),
        label_visibility="collapsed",
    )  # fmt: skip


def _choose_language(view: View) -> None:
    names = {code: catalogue(code).name for code in languages()}
    if len(names) > 1:
        choice(
            view.say("language"), names, view.language, "language", lambda code: go(view, language=code),
            label_visibility="collapsed",
        )  # fmt: skip


def _model(view: View) -> model.Model | None:
    """The model, or None where there is none yet or none at all; the page has been told which."""
    wanted = (view.model, view.net, view.weights)
    try:
        wait_for(view, "walk_opening", wanted, lambda: get_model(*wanted), view.say("loading"), view.say("meanwhile"))
        return get_model(*wanted)
    except NotYet:
        return None
    except (GlassformerError, OSError) as error:
        st.html(cards.problem(view.translated(error), view.say("below.model")))
        return None


def _run(view: View, found: model.Model, told: DeltaGenerator) -> Run:
    """told: where it is said what a picture is."""
    asked = asked_of(view)
    meanwhile = shown_meanwhile(view)
    hint = view.say("meanwhile") if meanwhile is None else ""
    try:
        wait_for(view, "walk_running", asked, lambda: run(asked), view.say("running"), hint)
        done = run(asked)
    except NotYet:
        show_tokens(view, found)
        return _standing_in(meanwhile or _last_good())
    except GlassformerError as error:
        # In a session that has had no good input yet, the model's own example stands in.
        known = "good" in st.session_state
        st.html(cards.problem(view.translated(error), view.say("below.input" if known else "below.example")))
        if isinstance(error, InputError):
            offer_upper_case(view, found)
        return _last_good() if known else run(Asked(view.model, view.net, None, None))
    if lost():
        st.html(cards.problem(view.say("lost")))
    elif kept_here():
        st.html(cards.notes([view.say("kept")]))
    if found.reads_pictures:
        with told:
            about(view, found, done.trace)
    st.session_state["good"] = asked
    return done


def _last_good() -> Run:
    """The last request that worked; in a new session, the built-in example."""
    return run(st.session_state.get("good", Asked("sort", "", None, None)))


def _standing_in(shown: Run) -> Run:
    return replace(shown, stands_in=True)
