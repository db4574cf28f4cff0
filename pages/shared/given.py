"""The input of a model: the text box, how the text is read, and examples to start from."""

from __future__ import annotations

import streamlit as st

import model
from pages.shared.examples import Example, examples
from pages.shared.held import choice, held
from pages.shared.loading import default_text, read_text, readable, readings
from pages.shared.state import View, go
from pages.shared.written import grown_text
from viz import cards, labels

MOST_TOKENS = 64  # shown while the model reads them


def type_input(view: View, found: model.Model) -> None:
    """A box for the text, and one for the target where there is a decoder beside the encoder."""
    two = found.config.architecture == "encoder-decoder"
    grown = grown_text(view, found)
    for name, given in (("text", view.text), ("target", view.target)) if two else (("text", view.text),):
        key = f"input_{name}"
        wanted = default_text(found, target=name == "target") if given is None else given
        last = not two or name == "target"
        wanted = grown if last and grown is not None else wanted

        def changed(name: str = name, key: str = key, last: bool = last, wanted: str = wanted) -> None:
            typed = st.session_state[key] or ""
            # A browser may say what already stands there, with the first click on anything after a rerun.
            if typed != wanted:
                # What was written stands in the last box already: it is now a person's text.
                go(view, **{name: typed}, **({"written": ()} if last else {}))

        words = held(key, wanted)
        label = _label(view, found, name, two)
        st.text_input(label, key=key, on_change=changed, live="400ms", autocomplete="off", **words)
    if view.written and grown is None:
        st.html(cards.notes([view.say("written_more", n=len(view.written))]))


def _label(view: View, found: model.Model, name: str, two: bool) -> str:
    """What the box takes, and how much of it."""
    what = view.say("what." + {"text": "source" if two else "input", "target": "target"}[name])
    stack = found.config.decoder if name == "target" else found.config.encoder or found.config.decoder
    assert stack is not None
    if found.tokenizer is None:
        return view.say("takes_ids", what=what, last=stack.d_vocab - 1, n=stack.n_ctx)
    letters = found.card.get("letters")
    if letters:
        return view.say("takes_letters", what=what, letters=", ".join(letters), n=stack.n_ctx)
    return view.say("takes_text", what=what, n=f"{stack.n_ctx:,}")


def choose_example(view: View, found: model.Model) -> Example | None:
    """Chips, each of which fills the box. Returns the one whose text stands there."""
    offered = {one.text: one for one in examples(found, view.language)}
    if not offered:
        return None
    now = default_text(found) if view.text is None else view.text
    chosen = now if now in offered and not view.written else None
    key = f"example-{view.model}-{view.net}"
    if key in st.session_state and st.session_state[key] != chosen:
        st.session_state[key] = chosen

    def changed() -> None:
        if st.session_state[key] not in (None, chosen):
            go(view, text=st.session_state[key], written=())

    with st.container(key="examples"):
        st.pills(
            view.say("examples"), list(offered), key=key, format_func=_chip, on_change=changed, wrap=False,
            label_visibility="collapsed",
        )  # fmt: skip
    return None if chosen is None else offered[chosen]


def _chip(text: str) -> str:
    """Labels are Markdown, and an example is not."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!:$~<>|" else c for c in text)


def why(one: Example | None) -> None:
    if one is not None:
        st.html(cards.notes([one.why]))


def choose_reading(view: View, found: model.Model) -> None:
    """How text becomes tokens, where this model's tokenizer leaves a choice."""
    ways = readings(found)
    if len(ways) == 1:
        return
    now = view.reading if view.reading in ways else ""
    choice(
        view.say("reading"), {kind: view.say(f"reading.{kind}") for kind in ways}, now, "reading",
        lambda chosen: go(view, reading=chosen, written=()), label_visibility="collapsed",
    )  # fmt: skip


def show_tokens(view: View, found: model.Model) -> None:
    """What the text is cut into, while the model reads it."""
    if found.tokenizer is None:
        return
    text = default_text(found) if view.text is None else view.text
    given = read_text(found, text, view.reading)
    ids = given["ids"] if "ids" in given else found.encode("text", text)
    pieces = [labels.visible(p) for p in found.tokenizer.pieces(ids[:MOST_TOKENS])]
    pieces += ["…"] if len(ids) > MOST_TOKENS else []
    st.html(cards.tokens(pieces, view.say("tokens", n=f"{len(ids):,}")))


def offer_upper_case(view: View, found: model.Model) -> None:
    """One click to the capitals of what was typed, where the model reads only these."""
    typed = view.text or ""
    other = typed.upper()
    if found.tokenizer is not None and not readable(found, typed) and readable(found, other):
        st.button(
            view.say("use", text=_chip(labels.cut(other, 40))),
            on_click=lambda: go(view, text=other, written=()),
            key="use",
        )
