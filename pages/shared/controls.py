"""Model and input: the row of controls that every page about a trace begins with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

import model
from model import GlassformerError
from model.checkpoints import cards as cards_of_models
from model.registry import Option
from pages.shared import networks
from pages.shared.loading import SCRATCH, Asked, Run, default_text, get_model, readings, run
from pages.shared.state import View, go, kept_here, lost
from viz import cards

SLOW = "Running the model …"
WEIGHTS = {"Trained": "", "Shuffled": "shuffled", "Random": "random"}
READINGS = {"": "With special tokens", "plain": "Text alone", "chat": "As a chat message"}
LARGEST = 1_000_000_000  # that a control offers for a part's own number


def held(key: str, value: Any, options: Sequence[Any] | None = None) -> dict[str, Any]:
    """Keywords that make a widget show a value; `options` for one that chooses among them.

    As its default where it is new or shows it already: a value put into the session alone can be lost when the
    browser draws the widget twice. What differs is put there, and what somebody is typing is left as it is.
    """
    if key in st.session_state and st.session_state[key] != value:
        st.session_state[key] = value
        return {}
    return {"value": value} if options is None else {"index": list(options).index(value)}


def model_and_input(view: View) -> Run:
    """Draws the controls and returns the run they ask for; after a problem, the last good one."""
    with st.container(border=True, key="controls"):
        left, middle, right = st.columns([3, 2, 5], vertical_alignment="bottom")
        with left:
            _choose_model(view)
        with middle:
            _choose_weights(view)
        found = _model(view)
        if found is not None:
            with right:
                _type_input(view, found)
            _choose_reading(view, found)
        if view.model == SCRATCH:
            _choose_parts(view)
        return _run(view) if found is not None else _last_good()


def _choose_model(view: View) -> None:
    names = [*model.available(), SCRATCH]
    names += [] if view.model in names else [view.model]

    def changed() -> None:
        # Another model reads other inputs: its own example comes first.
        go(View(model=st.session_state["model"] or "sort", language=view.language))

    st.selectbox(
        "Model",
        names,
        key="model",
        **held("model", view.model, names),
        format_func=_title,
        on_change=changed,
        accept_new_options=True,
        help="A built-in model, a network from scratch, or the path of a folder with config.json and "
        "model.safetensors, as Hugging Face writes it.",
    )


def _choose_weights(view: View) -> None:
    """Trained, or a control: what a picture owes to training shows when the weights are anything else."""
    if view.model == SCRATCH:
        return

    def changed() -> None:
        go(view, weights=WEIGHTS[st.session_state["weights"] or "Trained"])

    title = next(t for t, kind in WEIGHTS.items() if kind == view.weights)
    fresh = st.session_state.get("weights") in (None, title)
    if not fresh:
        st.session_state["weights"] = title
    st.segmented_control(
        "Weights",
        list(WEIGHTS),
        key="weights",
        default=title if fresh else None,
        required=True,
        on_change=changed,
        help="Shuffled: each tensor's own numbers in another order. Random: never trained. What stays the same "
        "comes from the architecture, not from training.",
    )


def _choose_reading(view: View, found: model.Model) -> None:
    """How text becomes tokens, where this model's tokenizer leaves a choice."""
    ways = readings(found)
    if len(ways) == 1:
        return
    names = {kind: READINGS[kind] for kind in ways}
    now = names.get(view.reading, names[""])
    fresh = st.session_state.get("reading") in (None, now)
    if not fresh:
        st.session_state["reading"] = now

    def changed() -> None:
        chosen = next(k for k, title in names.items() if title == st.session_state["reading"])
        go(view, reading=chosen)

    st.segmented_control(
        "How the text is read", list(names.values()), key="reading", default=now if fresh else None, required=True,
        on_change=changed, help="Special tokens are those the model was trained to see around a text.",
    )  # fmt: skip


def _title(name: str) -> str:
    if name == SCRATCH:
        return "From scratch: choose the parts"
    # From the cards alone: a list must not open every model in it.
    title = next((c.get("title", "") for c in cards_of_models() if c["name"] == name), "")
    return f"{name}: {title}" if title else name


def _model(view: View) -> model.Model | None:
    try:
        with st.spinner("Loading the model …", show_time=True):
            return get_model(view.model, view.net, view.weights)
    except (GlassformerError, OSError) as error:
        st.html(cards.problem(str(error), "Below is the last model that could be loaded."))
        return None


def _type_input(view: View, found: model.Model) -> None:
    two = found.config.architecture == "encoder-decoder"
    boxes = st.columns(2) if two else [st.container()]
    for name, box, given in zip(("text", "target"), boxes, (view.text, view.target), strict=False):
        key = f"input_{name}"
        wanted = default_text(found, target=name == "target") if given is None else given

        def changed(name: str = name, key: str = key) -> None:
            go(view, **{name: st.session_state[key] or ""})

        words = held(key, wanted)
        label = _label(found, name, two)
        box.text_input(label, key=key, on_change=changed, live="400ms", autocomplete="off", **words)


def _label(found: model.Model, name: str, two: bool) -> str:
    what = {"text": "Source" if two else "Input", "target": "Target so far"}[name]
    if found.tokenizer is None:
        stack = found.config.decoder if name == "target" else found.config.encoder or found.config.decoder
        assert stack is not None
        return f"{what}: ids from 0 to {stack.d_vocab - 1}, at most {stack.n_ctx}"
    letters = found.card.get("letters")
    return (
        f"{what}: letters {', '.join(letters)}, at most {found.config.last.n_ctx}" if letters else f"{what}: any text"
    )


def _run(view: View) -> Run:
    asked = Asked(view.model, view.net, view.text, view.target, view.weights, view.reading)
    try:
        with st.spinner(SLOW, show_time=True):
            found = run(asked)
    except GlassformerError as error:
        # In a session that has had no good input yet, the model's own example stands in.
        known = "good" in st.session_state
        below = "the last input that could be read" if known else "an example"
        st.html(cards.problem(str(error), f"Below is {below}."))
        return _last_good() if known else run(Asked(view.model, view.net, None, None))
    if lost():
        st.html(cards.problem("This link leans on a long text that only the server where it was typed has kept."))
    elif kept_here():
        st.html(cards.notes(["This input is longer than a link can hold, so the link works on this server only."]))
    st.session_state["good"] = asked
    return found


def _last_good() -> Run:
    """The last request that worked; in a new session, the built-in example."""
    return run(st.session_state.get("good", Asked("sort", "", None, None)))


def _choose_parts(view: View) -> None:
    """Every choice of a network from scratch, read off the registries."""
    try:
        chosen = networks.parse(view.net)
    except GlassformerError:
        chosen = networks.parse("")  # the card above says what is wrong with the link
    with st.expander("Parts of this network", expanded=not view.start.stage, icon=":material/construction:"):
        columns = st.columns(4)
        for i, word in enumerate(("architecture", *networks.SEAMS, "norm_placement")):
            label = networks.SEAMS[word][1] if word in networks.SEAMS else word.replace("_", " ").capitalize()
            _select(columns[i % 4], view, chosen, word, label, networks.choices(word))
        columns = st.columns(4)
        for i, (word, (label, low, high)) in enumerate(networks.SIZES.items()):
            _number(columns[i % 4], view, chosen, word, label, low, high)
        columns = st.columns(4)
        for i, (word, label) in enumerate({**networks.FLAGS, **networks.WHOLE}.items()):
            _flag(columns[i % 4], view, chosen, word, label)
        columns = st.columns(4)
        for i, (word, (label, least, most)) in enumerate(networks.NUMBERS.items()):
            _number(columns[i % 4], view, chosen, word, label, least, most)
        for i, (word, option) in enumerate(networks.options(chosen).items(), start=len(networks.NUMBERS)):
            _option(columns[i % 4], view, chosen, word, option)


def _changed(view: View, chosen: dict[str, Any], word: str) -> None:
    after = {**chosen, word: st.session_state[f"net_{word}"]}
    if word == "architecture":
        after["mask"] = networks.default_mask(after)
    go(view, net=networks.write(after))


def _select(
    box: Any, view: View, chosen: dict[str, Any], word: str, label: str, options: Sequence[Any], help_: str = ""
) -> None:
    key = f"net_{word}"
    box.selectbox(
        label, options, key=key, format_func=lambda n: networks.title(word, n), on_change=_changed,
        args=(view, chosen, word), help=help_ or None, **held(key, chosen[word], options),
    )  # fmt: skip


def _flag(box: Any, view: View, chosen: dict[str, Any], word: str, label: str) -> None:
    key = f"net_{word}"
    box.checkbox(label, key=key, on_change=_changed, args=(view, chosen, word), **held(key, chosen[word]))


def _number(
    box: Any, view: View, chosen: dict[str, Any], word: str, label: str, low: Any, high: Any, help_: str = ""
) -> None:
    key = f"net_{word}"
    box.number_input(
        label, low, high, key=key, on_change=_changed, args=(view, chosen, word), help=help_ or None,
        **held(key, min(max(chosen[word], low), high)),
    )  # fmt: skip


def _option(box: Any, view: View, chosen: dict[str, Any], word: str, option: Option) -> None:
    """A part's own number or word, as its file declares it."""
    label = word.replace("_", " ").capitalize()
    chosen.setdefault(word, option.default)
    if option.choices:
        _select(box, view, chosen, word, label, option.choices, option.help)
        return
    kind = type(option.default)
    low, high = kind(option.low or 0), kind(min(option.high or LARGEST, LARGEST))
    _number(box, view, chosen, word, label, low, high, option.help)
