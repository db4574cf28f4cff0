"""Home: what can be done here, in one look, with a forward pass that happens while one types."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from model import GlassformerError, InputError, Trace
from pages.shared.loading import Asked, get_model, readable, run
from pages.shared.state import View, read
from viz import cards, components, glance
from viz.prose import DEFAULT, catalogue

EXAMPLE = "CBABBC"
LETTERS = 6
CONTROLS = ("trained", "shuffled", "random")
# What can be done: the key of its words in the catalogue, and the link.
SECTIONS: dict[str, dict[str, str]] = {
    "walk": {},
    "cell": {"stage": "probs", "cell": "5,0"},
    "head": {"stage": "blocks.0.attn.pattern"},
    "parts": {"model": "scratch", "net": "positional=rotary;norm=rms;mlp=swiglu", "stage": "blocks.0.attn.rot_q"},
}


def main() -> None:
    view = read()
    said = partial(catalogue(view.language).text, "home")
    title, lead = cards.text(said("title")), cards.text(said("lead"))
    st.html(f'<header class="gf-hero"><h1>{title}</h1><p>{lead}</p></header>')
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    text = left.text_input(
        said("box"), EXAMPLE, key="letters", live="300ms", bind="query-params", autocomplete="off", max_chars=200
    )
    weights = st.segmented_control(
        said("weights"), CONTROLS, default="trained", format_func=said, key="control", required=True,
        bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    control = "" if weights == "trained" else weights
    trace = live(view, text or "", control, right)
    # Each block's most decided head, and what comes of it.
    chosen = [*strongest_heads(trace), ("probs", None)]
    components.glance(glance.message(trace, chosen, catalogue(view.language)), key="glance")
    for box, (key, query) in zip(st.columns(len(SECTIONS)), SECTIONS.items(), strict=True):
        with box.container(border=True, height="stretch"):
            title, words = cards.text(said(f"{key}.title")), cards.text(said(f"{key}.words"))
            st.html(f'<div class="gf-offer"><h3>{title}</h3><p>{words}</p></div>')
            if query.get("model") != "scratch":  # what was typed here is walked there
                query = {**query, "input": st.session_state.get("last_sorted", EXAMPLE)}
                query |= {"weights": control} if control else {}
            query = {**query, **({} if view.language == DEFAULT else {"lang": view.language})}
            label = said(f"{key}.go")
            st.page_link("walkthrough.py", label=label, icon=":material/arrow_forward:", query_params=query)


def live(view: View, text: str, control: str, box: DeltaGenerator) -> Trace:
    """Shows the answer, read off the model, and returns the pass that wrote its last letter."""
    said = partial(catalogue(view.language).text, "home")
    try:
        written = sort(text, control)
        st.session_state["last_sorted"] = text
    except GlassformerError as error:
        good = st.session_state.get("last_sorted", EXAMPLE)
        st.html(cards.problem(view.translated(error), said("last", text=good)))
        other = text.upper()
        if other != text and readable(get_model("sort"), other):
            st.button(view.say("use", text=other), on_click=type_letters, args=(other,), key="use")
        written = sort(good, control)
    given, answer = cards.text(written[:LETTERS]), cards.text(written[LETTERS:])
    words = cards.text(said(f"continued.{control}" if control else "sorted"))
    box.html(f'<p class="gf-answer"><kbd class="gf-given">{given}</kbd> <span>{words}</span> <kbd>{answer}</kbd></p>')
    # The last letter of the answer is never read again: the pass that wrote it holds all the others too.
    return run(Asked("sort", "", written[:-1], None, control)).trace


def type_letters(text: str) -> None:
    st.session_state["letters"] = text


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
