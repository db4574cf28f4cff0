"""Draw your own: a formula, a painting or an array becomes what is added to each score, and is shown and run."""

from __future__ import annotations

from typing import Any

import streamlit as st

from model import GlassformerError
from model.positional.drawn import DEFAULT
from model.positional.drawn_functions import FUNCTIONS
from model.positional.drawn_language import LONGEST, NAMES
from pages.lab import drawing
from pages.lab.drawing import GOOD
from pages.lab.links import named
from pages.lab.widgets import MOST_HEADS, MOST_POSITIONS, good, note, table, whole
from pages.shared.kept import TABLES
from viz import cards, components
from viz.board import payload
from viz.positions import drawn, feel, setup
from viz.positions import table as measured
from viz.positions.drawn import ENCODING
from viz.positions.feel import UNTRAINED, Side
from viz.positions.setup import Options, Setup

WAYS = {"formula": "Type a formula", "paint": "Paint it", "upload": "Upload an array"}
TOKENS = "5 9 3 12 5 7 2 9"


def main() -> None:
    note(
        "A bias is a number added to the score of each query and key, before the softmax: above 0 the key is looked at "
        "more, below 0 less. Make one, see it as the built-in encodings are seen, and put it into networks."
    )
    named("way", WAYS, WAYS["formula"])
    with st.container(horizontal=True, vertical_alignment="bottom", key="positions-controls"):
        way = str(
            st.segmented_control(
                "How", list(WAYS), format_func=WAYS.__getitem__, default="formula", required=True, key="way",
                bind="query-params",
            )
        )  # fmt: skip
        words = _sizes()
    options = _formula() if way == "formula" else drawing.main(way, words)
    found: Setup | None = st.session_state.get(GOOD, Setup(ENCODING, **words))
    if options is not None:
        if any(name == "drawn_table" and len(value) > 1 for name, value in options):
            words["heads"] = measured.heads(options)
        found = good(Setup(ENCODING, options, **words), GOOD) or good(Setup(ENCODING), GOOD)
    assert found is not None
    st.session_state[f"{ENCODING}-options"] = found.options  # what other sections take it up from
    components.board(payload(drawn.board(found)), key="drawn-board")
    _onwards(found)
    _inside(found)
    _properties(found)


def _sizes() -> dict[str, Any]:
    """Words of a Setup; a bias has no dimensions."""
    return {
        "positions": whole("Positions", 1, MOST_POSITIONS, 24, "positions"),
        "heads": whole("Heads", 1, MOST_HEADS, 4, "heads"),
        "ahead": st.toggle(
            "Keys ahead are seen", key="ahead", bind="query-params", help="off: a causal decoder; on: an encoder"
        ),
    }  # fmt: skip


def _formula() -> Options:
    """The formula as the encoding's options: the default is left out, as everywhere."""
    key = "drawn_formula"
    offered = {one.formula: one for one in drawn.EXAMPLES}
    examples = st.container()  # above the formula that it shows to be one of them

    def put() -> None:
        if st.session_state["drawn_example"] is not None:
            st.session_state[key] = st.session_state["drawn_example"]

    text = st.text_input(
        "Formula: what is added to the score", DEFAULT, key=key, bind="query-params", live="400ms", autocomplete="off",
        max_chars=LONGEST,
    )  # fmt: skip
    chosen = text if text in offered else None
    fresh = st.session_state.get("drawn_example", chosen) == chosen
    if not fresh:
        st.session_state["drawn_example"] = chosen
    examples.pills(
        "Examples", list(offered), key="drawn_example", format_func=lambda f: offered[f].title, on_change=put,
        label_visibility="collapsed", default=chosen if fresh else None,
    )  # fmt: skip
    note(offered[chosen].why if chosen else _words())
    with st.expander("What a formula may hold", icon=":material/function:"):
        rows = [[name, what] for name, what in NAMES.items()]
        table(["Name", "Meaning"], [*rows, ["pi, e", "the numbers"]], "Names in a formula")
        note(
            f"Operators: + − * / ^ % and comparisons < <= > >= == !=, which are 1 or 0; and, or, not. "
            f"Functions: {', '.join(f for f in FUNCTIONS if f != 'if')}. where(c, a, b) is a where c is not 0, else b. "
            f"What the mask hides needs no number. To hide a key yourself, add −10000."
        )
    return () if text == DEFAULT else ((key, text or ""),)


def _words() -> str:
    return f"It may use {', '.join(NAMES)}, pi and e, operators and functions."


def _onwards(found: Setup) -> None:
    """Where else it can be run."""
    net = drawing.net_of(found)
    if net is None:
        note("Press “Use it” in the painting, and the walkthrough can open it.")
    else:
        st.page_link(
            "walkthrough.py", label="Step through a network with it", icon=":material/footprint:",
            query_params={"model": "scratch", "net": net},
        )  # fmt: skip
        if any(name == "drawn_table" for name, _ in found.options):
            note(f"A table is too long for a link: this server keeps the {TABLES.most} that were used last.")
    note(
        f"The sections Compare and Train now take it up, too: choose “{setup.title(ENCODING)}” there. A network that "
        "is trained with it can learn to use it; in the one below it only takes another's place."
    )


def _inside(found: Setup) -> None:
    st.subheader("In a network")
    tasks = feel.tasks()
    named("drawn_weights", {task: feel.called(task) for task in tasks}, feel.called(tasks[-1]))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        task = str(
            st.selectbox(
                "Weights", tasks, index=len(tasks) - 1, key="drawn_weights", bind="query-params", width=260,
                format_func=feel.called,
            )
        )  # fmt: skip
        known = [n for n in setup.names() if n != ENCODING] if task == UNTRAINED else feel.trained_on(task)
        named("drawn_own", setup.titles(known))
        name = str(
            st.selectbox(
                "Its own encoding", known, index=known.index("alibi") if "alibi" in known else 0, key="drawn_own",
                bind="query-params", format_func=setup.title, width=220,
            )
        )  # fmt: skip
        text = st.text_input(
            "Tokens, as numbers", TOKENS, key="drawn_tokens", bind="query-params", live="400ms", max_chars=200
        )
    side = Side(name, task)
    try:
        ids = tuple(feel.ids_of(text or "", feel.network(side).last.config.d_vocab))
        swapped = drawn.swap(side, found.options, ids)
    except GlassformerError as error:
        st.html(cards.problem(str(error)))
        last = st.session_state.get("drawn-swap")
        if last is None:
            return
        side, options, ids = last
        swapped = drawn.swap(side, options, ids)
    else:
        st.session_state["drawn-swap"] = (side, found.options, ids)
    titles = (setup.title(side.positional), setup.title(ENCODING).lower())
    components.board(payload(drawn.swap_board(swapped, ids, titles)), key="drawn-swap-board")
    moved = f"{swapped.moved:.1%} of the attention has moved, over all layers and heads."
    if swapped.right is None:
        note(f"{moved} The weights are random: what differs is what the encodings do before any training.")
        return
    own, other = swapped.right
    note(
        f"{moved} Answers right on {drawn.ROWS} rows of the task: {own:.1%} with its own encoding, {other:.1%} with "
        "yours. A mismatch experiment: the weights were trained for the other encoding, so this says nothing about how "
        "good yours would be if a network were trained with it."
    )


def _properties(found: Setup) -> None:
    st.subheader("Properties, measured now")
    try:
        with st.spinner("measuring", show_time=True):
            row = measured.row(ENCODING, found.options)
    except GlassformerError as error:
        st.html(cards.problem(f"Its properties cannot be measured: {error}"))
        return
    rows = [[words, row[key]] for key, words in measured.COLUMNS.items() if key != "encoding"]
    table(["Property", row["encoding"]], rows, "Properties of your own")
    note(
        f"On random networks of two layers and {measured.heads(found.options)} heads, in double precision, with places "
        "up to 908. A number is the largest difference of logits as a share of the largest logit; below 1e-9 counts as "
        "none."
    )
