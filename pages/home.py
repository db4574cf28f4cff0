"""Home: what can be done here, in one look, with a forward pass that happens while one types."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from model import GlassformerError, InputError, Trace
from pages.shared.loading import Asked, get_model, run
from viz import cards, components, glance

EXAMPLE = "CBABBC"
LETTERS = 6
WEIGHTS = {"trained": "Trained weights", "shuffled": "Shuffled weights", "random": "Random weights"}
SECTIONS = [
    (
        "Walk through every step",
        "From letters to answer, one tensor at a time: the real numbers, the formula, the lines of code that ran.",
        "Start at the first step",
        {},
    ),
    (
        "Ask where a number comes from",
        "Click any cell. Its terms are laid out, the largest first, and each can be opened in turn, back to the input.",
        "Take one probability apart",
        {"stage": "probs", "cell": "5,0"},
    ),
    (
        "See what a head looks at",
        "Each row of an attention pattern says how a token shares out its attention. Here nothing is averaged.",
        "Open an attention pattern",
        {"stage": "blocks.0.attn.pattern"},
    ),
    (
        "Change the parts",
        "Rotary positions, grouped heads, RMSNorm, gated MLPs, an encoder and a decoder: build one and walk it.",
        "Build a transformer",
        {"model": "scratch", "net": "positional=rotary;norm=rms;mlp=swiglu", "stage": "blocks.0.attn.rot_q"},
    ),
]


def main() -> None:
    st.html(
        '<header class="gf-hero"><h1>Watch a real transformer think</h1>'
        "<p>This one sorts six letters. Nothing below is drawn by hand: every colour is a number that the model "
        "computed a moment ago, from what stands in the box.</p></header>"
    )
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    text = left.text_input(
        "Six letters out of A, B and C", EXAMPLE, key="letters", live="300ms", bind="query-params",
        autocomplete="off", max_chars=200,
    )  # fmt: skip
    weights = st.segmented_control(
        "Weights", list(WEIGHTS), default="trained", format_func=WEIGHTS.__getitem__, key="control", required=True,
        bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    control = "" if weights == "trained" else weights
    trace = live(text or "", control, right)
    # Each block's most decided head, and what comes of it.
    components.glance(glance.message(trace, [*strongest_heads(trace), ("probs", None)]), key="glance")
    for box, (title, words, label, query) in zip(st.columns(4), SECTIONS, strict=True):
        with box.container(border=True, height="stretch"):
            st.html(f'<div class="gf-offer"><h3>{cards.text(title)}</h3><p>{cards.text(words)}</p></div>')
            if query.get("model") != "scratch":  # what was typed here is walked there
                query = {**query, "input": st.session_state.get("last_sorted", EXAMPLE)}
                query |= {"weights": control} if control else {}
            st.page_link("walkthrough.py", label=label, icon=":material/arrow_forward:", query_params=query)


def live(text: str, control: str, box: DeltaGenerator) -> Trace:
    """Shows the answer, read off the model, and returns the pass that wrote its last letter."""
    try:
        written = sort(text, control)
        st.session_state["last_sorted"] = text
    except GlassformerError as error:
        good = st.session_state.get("last_sorted", EXAMPLE)
        st.html(cards.problem(str(error), f"Below is the last row that could be sorted: {good}"))
        written = sort(good, control)
    given, answer = cards.text(written[:LETTERS]), cards.text(written[LETTERS:])
    said = f"is continued with {control} weights" if control else "is sorted by the model"
    box.html(
        f'<p class="gf-answer"><kbd class="gf-given">{given}</kbd> <span>{said}, one letter at a time, into</span> '
        f"<kbd>{answer}</kbd></p>"
    )
    # The last letter of the answer is never read again: the pass that wrote it holds all the others too.
    return run(Asked("sort", "", written[:-1], None, control)).trace


def sort(text: str, control: str = "") -> str:
    """The letters and, after them, what the model writes: each letter is the likeliest, then read again."""
    sorter = get_model("sort", "", control)
    ids = sorter.encode("the row", text)
    if len(ids) != LETTERS:
        raise InputError(f"These are {len(ids)} letters; this model was trained on rows of exactly {LETTERS}.")
    for _ in range(LETTERS):
        ids.append(int(sorter.logits(ids)[-1].argmax()))
    return sorter.tokenizer.decode(ids)


def strongest_heads(trace: Trace) -> list[tuple[str, int | None]]:
    """Of each block, the head that looks most sharply while it writes the answer."""
    chosen: list[tuple[str, int | None]] = []
    for layer in range(trace.config["decoder"]["n_layers"]):
        name = f"blocks.{layer}.attn.pattern"
        sharpness = trace[name][:, LETTERS - 1 :].amax(dim=-1).mean(dim=-1)
        chosen.append((name, int(sharpness.argmax())))
    return chosen


main()
