"""Encodings inside a model: networks on one input, words shuffled and repeated, and a probe for the position."""

from __future__ import annotations

import numpy as np
import streamlit as st

from model import GlassformerError
from model.train.positions_tasks import TASKS
from pages.lab.links import named
from pages.lab.widgets import note, table
from viz import cards, components
from viz.arrays import short
from viz.board import payload
from viz.panels import AnyPanel, Axis, Board, Lines, Matrix, Series
from viz.positions import feel, probe, setup
from viz.positions.feel import UNTRAINED, Side

EXAMPLE = "5 9 3 12 5 7 2 9"
AXES = ("layer", "head", "query", "key")
BESIDE = ("sinusoidal", "rotary", "alibi")  # at first
MOST = 6  # networks at a time
KEPT = "positions_side"  # the last tokens that could be read
CONTROLS: dict[str | None, str] = {None: "trained", "random": "random weights", "shuffled": "shuffled weights"}
SET = ("none", "sinusoidal", "learned", "rotary", "alibi", "t5")


def main() -> None:
    _side_by_side()
    _order()
    _mismatch()
    _probe()


@st.fragment  # what is chosen in one part leaves the others as they are
def _side_by_side() -> None:
    st.subheader("The same input, each with its own encoding")
    tasks = feel.tasks()
    named("weights_of", {task: feel.called(task) for task in tasks})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        task = str(
            st.selectbox(
                "Weights", tasks, index=min(1, len(tasks) - 1), key="weights_of", bind="query-params",
                format_func=feel.called, width=240,
            )
        )  # fmt: skip
        text = st.text_input(
            "Tokens, as numbers", EXAMPLE, key="tokens", bind="query-params", live="400ms", max_chars=200
        )
    known = setup.names() if task == UNTRAINED else feel.trained_on(task)
    named("beside", setup.titles(known), "what else is chosen")
    names = st.multiselect(
        "Encodings, the first one to compare with", known, [n for n in BESIDE if n in known], key="beside",
        bind="query-params", format_func=setup.title, max_selections=MOST,
    )  # fmt: skip
    if not names:
        note("Choose at least one encoding.")
        return
    task, names, ids, patterns = _patterns(task, names, text or "")
    note(_how(task, names, len(tasks)))
    marks = [f"{i}: {t}" for i, t in enumerate(ids)]
    first = setup.title(names[0])
    panels: list[AnyPanel] = [
        Matrix(id=f"side-{name}", title=setup.title(name), alt=f"Attention with {setup.title(name)}", values=values,
               axes=AXES, signed=False, limit=1.0)
        for name, values in patterns.items()
    ]  # fmt: skip
    panels += [
        Matrix(id=f"change-{name}", title=f"{setup.title(name)} less {first}", limit=1.0, axes=AXES,
               alt=f"Attention with {setup.title(name)} less that with {first}", values=values - patterns[names[0]])
        for name, values in patterns.items() if name != names[0]
    ]  # fmt: skip
    layers, heads, n, _ = patterns[names[0]].shape
    axes = (
        Axis("layer", layers, "layer"), Axis("head", heads, "head"),
        Axis("query", n, "query", at=n - 1, marks=marks), Axis("key", n, "key", at=n - 2, marks=marks),
    )  # fmt: skip
    components.board(payload(Board(axes, panels, file="attention", label="Attention side by side")), key="side-board")
    moved = [
        f"{setup.title(name)} {feel.difference(values.reshape(-1, n, n), patterns[names[0]].reshape(-1, n, n)):.1%}"
        for name, values in patterns.items()
        if name != names[0]
    ]
    if moved:
        note(f"Attention that is elsewhere than with {first}, over all layers and heads: {'; '.join(moved)}.")


Patterns = tuple[str, list[str], list[int], dict[str, np.ndarray]]


def _patterns(task: str, names: list[str], text: str) -> Patterns:
    """(weights, encodings, tokens, encoding -> [layer, head, query, key]); after a bad input, of the last good one."""
    try:
        nets = {name: feel.network(Side(name, task)) for name in names}
        ids = feel.ids_of(text, nets[names[0]].last.config.d_vocab)
        found = {name: feel.patterns(net, ids) for name, net in nets.items()}
    except GlassformerError as error:
        held: Patterns | None = st.session_state.get(KEPT)
        which = "the last tokens that could be read" if held is not None else f"these tokens: {EXAMPLE}"
        st.html(cards.problem(str(error), f"The pictures below are of {which}."))
        return held or _patterns(task, names, EXAMPLE)
    st.session_state[KEPT] = (task, names, ids, found)
    return task, names, ids, found


def _how(task: str, names: list[str], tasks: int) -> str:
    if task == UNTRAINED:
        return (
            "Untrained: all networks have the same random weights, but for the encoding's own. What differs is what "
            "the encodings do before any training."
            + ("" if tasks > 1 else " Weights trained with each encoding come with `make train-positions`.")
        )
    how = "; ".join(f"{setup.title(n)}: {feel.verdict(Side(n, task))}" for n in names)
    return (
        f"Trained on {TASKS[task].title.lower()}, each with its own encoding, from the same seed, in the same "
        f"number of steps, on the same rows. {how}."
    )


def _order() -> None:
    st.subheader("Shuffle the words; say one twice")
    rows = []
    for name in SET:
        cells = [f(name, kind) for f in (feel.shuffled, feel.same_word) for kind in ("encoder", "decoder")]
        rows.append([setup.title(name), *(short(x, 2) if x < 1e-6 else f"{x:.3f}" for x in cells)])
    table(
        ["Encoding", "Shuffled, no mask", "Shuffled, causal", "Twice, no mask", "Twice, causal"],
        rows,
        "Words shuffled and repeated",
    )
    note(
        "Shuffled: the result of shuffled words against the shuffled result, as a share of the largest logit. Without "
        "positions and without a mask the two agree to the last digits: order does not exist. A causal mask brings "
        "some order back, since later words see more. Twice: how much the logits differ between two places of one word."
    )


@st.fragment
def _mismatch() -> None:
    st.subheader("A mismatch experiment: other positions under the same weights")
    names = setup.names()
    named("swap", setup.titles(names), setup.title("sinusoidal"))
    name = str(st.selectbox(
        "The model “sort” was trained with learned positions. Put in their place", names,
        index=names.index("sinusoidal"), format_func=setup.title, key="swap", bind="query-params",
    ))  # fmt: skip
    try:
        rows = [
            [words, *(f"{feel.mismatch(at, control):.1%}" for control in CONTROLS)]
            for words, at in (("its own", "learned"), (setup.title(name), name))
        ]
    except GlassformerError as error:
        st.html(cards.problem(str(error)))
        return
    table(
        ["Positions", *(f"Letters right, {words}" for words in CONTROLS.values())],
        rows,
        "Under other positions",
    )
    note(
        f"On {feel.SAMPLE} of the 729 rows, each letter after the right ones. This tells that weights are made for one "
        "encoding. It says nothing about how good the other one is: no weight was trained for it. Random weights were "
        "never trained; shuffled ones are the trained numbers of each matrix in another order. What they get right "
        "needs no training."
    )


@st.fragment
def _probe() -> None:
    st.subheader("Can the position be read off the residual stream?")
    names = probe.models()
    named("probed", {name: name for name in names}, probe.SORT)
    name = str(st.selectbox("Model", names, key="probed", bind="query-params"))
    try:
        trained, untrained = (probe.probe(name, kind) for kind in (True, False))
    except GlassformerError as error:
        st.html(cards.problem(str(error)))
        return
    layers, n = trained.predicted.shape
    reading = {
        "trained": trained.predicted, "untrained": untrained.predicted,
        "the position itself": np.tile(np.arange(n, dtype=np.float32), (layers, 1)),
    }  # fmt: skip
    errors = {"trained": trained.error, "untrained": untrained.error}
    known = (trained.guess, *trained.error, *untrained.error)
    panels = (
        Lines(id="probe", title="Mean error, positions", along="passed", span=(0.0, 1.1 * max(known)),
              levels=[(trained.chance, "always the middle"), (trained.guess, "a random guess")],
              alt="Error of a linear reading of the position after each layer, trained and untrained", series=[
                  Series(name=name, values=np.array(e, np.float32), axes=("passed",)) for name, e in errors.items()]),
        Lines(id="reading", title="Position read, mean", along="place",
              alt="The position read off the chosen layer against the real one", series=[
                  Series(name=name, values=x, axes=("passed", "place")) for name, x in reading.items()]),
    )  # fmt: skip
    axes = (
        Axis("passed", layers, "layers passed", at=layers - 1), Axis("place", n, "position", slider=False),
    )  # fmt: skip
    components.board(payload(Board(axes, panels, file=f"probe-{name}", label="A probe for the position")), key="probe")
    note(
        "One linear map a layer, fitted by least squares on random tokens. The error is on rows and on positions "
        f"({', '.join(map(str, trained.kept_out))}) that the fit never saw. The same probe on untrained weights stands "
        "beside it: a causal mask alone leaks position, so that only what is better than this line was learned."
    )
