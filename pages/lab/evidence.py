"""What trained networks can do, by length: from the shipped table of `make train-positions`."""

from __future__ import annotations

import streamlit as st

from model import GlassformerError
from model.train import positions_table
from model.train.positions_tasks import TASKS
from pages.lab.links import named
from pages.lab.widgets import format_of_pictures, note, show, table
from viz import cards, components
from viz.board import payload
from viz.positions import board_training, feel, setup, trained
from viz.positions.feel import Side

FIRST = "offset-rotary"  # to scrub through: there a head that looks three back forms


def main() -> None:
    try:
        rows = trained.rows()
        scrubbed = trained.scrubbed()
    except GlassformerError as error:
        st.html(cards.problem(str(error)))
        return
    if not rows:
        st.html(cards.problem(
            "Nothing has been trained yet: assets/positions/table.json is not there.",
            "`make train-positions` makes it, in about an hour on two cores. This section shows nothing else.",
        ))  # fmt: skip
    else:
        _by_length(rows)
        _scrub(rows, scrubbed)
        format_of_pictures()
    st.subheader("What this can and cannot tell")
    st.markdown(trained.CAVEATS)


def _by_length(rows: trained.Rows) -> None:
    tasks = trained.tasks(rows)
    named("task", {name: TASKS[name].title for name in tasks}, TASKS[tasks[0]].title)
    named("measure", trained.MEASURES, trained.MEASURES["accuracy"])
    task = str(
        st.segmented_control(
            "Task", tasks, default=tasks[0], required=True, key="task", bind="query-params",
            format_func=lambda t: TASKS[t].title,
        )
    )  # fmt: skip
    measure = str(
        st.segmented_control(
            "Measure", list(trained.MEASURES), default="accuracy", required=True, key="measure",
            bind="query-params", format_func=trained.MEASURES.__getitem__,
        )
    )  # fmt: skip
    st.html(
        cards.notes(
            [TASKS[task].what, f"Trained for {TASKS[task].steps:,} steps, at sizes up to {TASKS[task].trained}."]
        )
    )
    some = trained.summaries(rows, task, measure)
    figure = trained.by_length(some, task, measure)
    show(
        figure,
        "by-length",
        f"{trained.MEASURES[measure]} by length on {TASKS[task].title}: every seed of each encoding",
    )
    lines = []
    for s in some:
        steps = ", ".join("never" if x is None else str(x) for x in s.steps)
        sizes = [", ".join(f"{v:.3g}" for v in values) for values in s.by_size.values()]
        lines.append([setup.title(s.positional), s.verdict, steps, *sizes])
    sizes = [f"size {size}" for size in some[0].by_size]
    table(
        ["Encoding", f"at size {TASKS[task].trained}", "steps to 0.95", *sizes],
        lines,
        f"{trained.MEASURES[measure]} of every seed",
    )
    n = max(len(s.accuracy) for s in some)
    note(f"Each cell has one number a seed; {n} seeds were trained. Nothing follows from a run that did not converge.")
    st.subheader("By position")
    names = [s.positional for s in some]
    tested = list(some[0].by_size)
    named(f"shown_{task}", setup.titles(names), "what else is chosen")
    named(f"size_{task}", {size: size for size in tested}, tested[1])
    shown = st.multiselect(
        "Encodings", names, trained.apart(some), format_func=setup.title, key=f"shown_{task}", bind="query-params"
    )
    size = str(st.select_slider("Size", tested, tested[1], key=f"size_{task}", bind="query-params", width=400))
    kind = "loss" if measure in ("loss", "perplexity") else "accuracy"
    if shown:
        figure = trained.by_position(rows, task, shown, size, kind)
        show(figure, "by-position", f"{kind} at each position of inputs of size {size}, every seed")
        _retrieval(rows, task, shown, size)
    _cards(task)


def _retrieval(rows: trained.Rows, task: str, shown: list[str], size: str) -> None:
    """Beside perplexity, which a short window can keep flat."""
    found = trained.retrieval(rows, task, shown, size)
    if found is None:
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Perplexity by length")
        some = [s for s in trained.summaries(rows, task, "perplexity") if s.positional in shown]
        figure = trained.by_length(some, task, "perplexity")
        show(figure, "perplexity", "Perplexity by length of the chosen encodings, every seed")
    with right:
        st.subheader("By how far back the answer stands")
        show(found, "retrieval", f"Accuracy by distance to the answer, in inputs of size {size}, every seed")
    note(
        "Retrieval stands beside perplexity because a model that looks at a short window can keep its perplexity flat. "
        "The upper dotted line is what a model reaches that says the value seen most often with the key, whatever the "
        "order. Only what is above it shows that order was used."
    )


def _cards(task: str) -> None:
    """What is shipped of a task, and where."""
    with st.expander("The shipped weights and their cards", icon=":material/description:"):
        found = [positions_table.card(name) for name in positions_table.names() if name.startswith(f"{task}-")]
        head = ["File", "Encoding", "Seed", "Steps", "Parameters", "Accuracy", "Seconds", "Made on"]
        lines = [
            [
                f"{c['name']}.safetensors", setup.title(c["settings"]["positional"]), str(c["seed"]), f"{c['steps']:,}",
                f"{c['parameters']:,}", f"{c['accuracy']:.4f}" + ("" if c["converged"] else ", not converged"),
                f"{c['seconds']:.0f}", c["machine"],
            ]
            for c in found
        ]  # fmt: skip
        table(head, lines, "Shipped weights, one seed of each encoding")
        note(
            "The files are in assets/positions, each with a card of the same name that ends in .json: data, recipe, "
            "settings, seed and results. Weights have 16 bits a number; the table of all seeds is table.json."
        )


def _scrub(rows: trained.Rows, scrubbed: dict[str, list[int]]) -> None:
    """The network as it was at a step: its curve and its attention together."""
    if not scrubbed:
        return
    st.subheader("Scrub through training")
    sides = {name: Side(positional, task) for name in scrubbed for task, _, positional in [name.partition("-")]}
    titles = {name: f"{TASKS[side.task].title}: {setup.title(side.positional)}" for name, side in sides.items()}
    named("scrubbed", titles)
    first = list(scrubbed).index(FIRST) if FIRST in scrubbed else 0
    name = str(
        st.selectbox(
            "Model",
            list(scrubbed),
            first,
            format_func=titles.__getitem__,
            key="scrubbed",
            bind="query-params",
            width=400,
        )
    )
    try:
        made = board_training.board(rows, name, scrubbed[name])
    except GlassformerError as error:
        st.html(cards.problem(str(error)))
        return
    components.board(payload(made), key="positions-training")
    note(
        f"Weights are those of seed {positions_table.SHIPPED_SEED}, as they were at each step that is kept; the same "
        f"random tokens at every step. After the last step: {feel.verdict(sides[name])}."
    )
