"""Encodings inside a model: two networks on one input, words shuffled and repeated, and a probe for the position."""

from __future__ import annotations

import streamlit as st

from model import GlassformerError
from model.train.positions_tasks import TASKS
from pages.lab.widgets import note, show, slider, table
from viz import cards
from viz.positions import feel, figures, probe, setup
from viz.positions.feel import UNTRAINED, Side

EXAMPLE = "5 9 3 12 5 7 2 9"
SET = ("none", "sinusoidal", "learned", "rotary", "alibi", "t5")


def main() -> None:
    _side_by_side()
    _order()
    _mismatch()
    _probe()


def _side_by_side() -> None:
    st.subheader("The same input, two encodings")
    tasks = feel.tasks()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        task = str(
            st.selectbox(
                "Weights",
                tasks,
                index=min(1, len(tasks) - 1),
                key="weights_of",
                bind="query-params",
                format_func=_task,
                width=240,
            )
        )
        known = setup.names() if task == UNTRAINED else feel.trained_on(task)
        a, b = (
            str(
                st.selectbox(
                    label, known, index=known.index(name) if name in known else 0, key=key, bind="query-params",
                    format_func=setup.title, width=240,
                )
            )
            for label, name, key in (("First", "sinusoidal", "first"), ("Second", "rotary", "second"))
        )  # fmt: skip
        text = st.text_input(
            "Tokens, as numbers", EXAMPLE, key="tokens", bind="query-params", live="400ms", max_chars=200
        )
    try:
        nets = [feel.network(Side(name, task)) for name in (a, b)]
        ids = feel.ids_of(text or "", nets[0].last.config.d_vocab)
        with st.container(horizontal=True):
            layer = slider("Layer", 0, len(nets[0].last.blocks) - 1, 0, "layer")
            head = slider("Head", 0, nets[0].last.config.n_heads - 1, 0, "head")
        found = [feel.pattern(net, ids, layer) for net in nets]
    except GlassformerError as error:
        st.html(cards.problem(str(error)))
        return
    if task == UNTRAINED:
        note(
            "Untrained: both networks have the same random weights, but for the encoding's own. What differs is what "
            "the encodings do before any training."
            + ("" if len(tasks) > 1 else " Weights trained with each encoding come with `make train-positions`.")
        )
    else:
        how = "; ".join(f"{setup.title(n)}: {feel.verdict(Side(n, task))}" for n in (a, b))
        note(
            f"Trained on {TASKS[task].title.lower()}, each with its own encoding, from the same seed, in the same "
            f"number of steps, on the same rows. {how}."
        )
    marks = ([f"{i}: {t}" for i, t in enumerate(ids)],) * 2
    panels = [
        (figures.matrix(p[head], "key", "query", 1.0, setup.title(name), marks=marks, sequential=True), f"side-{i}",
         f"Attention of head {head}, layer {layer}, with {setup.title(name)}")
        for i, (name, p) in enumerate(zip((a, b), found, strict=True))
    ]  # fmt: skip
    change = found[1][head] - found[0][head]
    panels.append((
        figures.matrix(change, "key", "query", 1.0, "Second less first", marks=marks), "side-change",
        f"Attention with {setup.title(b)} less that with {setup.title(a)}",
    ))  # fmt: skip
    for box, (figure, key, alt) in zip(st.columns(3), panels, strict=True):
        with box:
            show(figure, key, alt)
    note(f"Over all heads of layer {layer}, {feel.difference(*found):.1%} of the attention has moved.")


def _task(task: str) -> str:
    return "untrained, random" if task == UNTRAINED else f"trained: {TASKS[task].title.lower()}"


def _order() -> None:
    st.subheader("Shuffle the words; say one twice")
    rows = []
    for name in SET:
        cells = [f(name, kind) for f in (feel.shuffled, feel.same_word) for kind in ("encoder", "decoder")]
        rows.append([setup.title(name), *(f"{x:.1e}" if x < 1e-6 else f"{x:.3f}" for x in cells)])
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


def _mismatch() -> None:
    st.subheader("A mismatch experiment: other positions under the same weights")
    names = setup.names()
    name = str(st.selectbox(
        "The model `sort` was trained with learned positions. Put in their place", names,
        index=names.index("sinusoidal"), format_func=setup.title, key="swap", bind="query-params",
    ))  # fmt: skip
    try:
        right, other = feel.mismatch("learned"), feel.mismatch(name)
    except GlassformerError as error:
        st.html(cards.problem(str(error)))
        return
    table(
        ["Positions", "Letters right"],
        [["its own", f"{right:.1%}"], [setup.title(name), f"{other:.1%}"]],
        "Under other positions",
    )
    note(
        f"On {feel.SAMPLE} of the 729 rows, each letter after the right ones. This tells that weights are made for one "
        "encoding. It says nothing about how good the other one is: no weight was trained for it."
    )


def _probe() -> None:
    st.subheader("Can the position be read off the residual stream?")
    names = probe.models()
    name = str(st.selectbox("Model", names, key="probed", bind="query-params"))
    try:
        trained, untrained = (probe.probe(name, kind) for kind in (True, False))
    except GlassformerError as error:
        st.html(cards.problem(str(error)))
        return
    curves = {"trained": trained.error, "untrained": untrained.error, "chance": (trained.chance,) * len(trained.error)}
    left, right = st.columns(2, gap="large")
    with left:
        figure = figures.lines(curves, "layers passed", "mean error, positions")
        show(
            figure, "probe", "Error of a linear reading of the position after each layer, trained, untrained and chance"
        )
    with right:
        read = {
            "trained": trained.predicted[-1], "untrained": untrained.predicted[-1],
            "the position itself": list(range(trained.predicted.shape[1])),
        }  # fmt: skip
        figure = figures.lines(read, "position", "position read, mean")
        show(figure, "reading", "The position read off the last layer against the real one")
    note(
        "One linear map a layer, fitted by least squares on random tokens. The error is on rows and on positions "
        f"({', '.join(map(str, trained.kept_out))}) that the fit never saw. The same probe on untrained weights stands "
        "beside it: a causal mask alone leaks position, so that only what is better than this line was learned."
    )
