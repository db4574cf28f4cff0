"""Models and traces, loaded once and shared by all sessions. Bounded: free text never fills the memory.

Sessions hold ids and names only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

import model
from model import GlassformerError, InputError, Trace, TransformerConfig
from pages.shared.networks import config_of, example_ids
from pages.shared.pictures import features_of
from viz.store import STORE

SCRATCH = "scratch"
KEEP_BYTES = 64 << 20  # of one trace; past it, what can be derived is derived when read
MOST_IDS = 1 << 16


@dataclass(frozen=True)
class Asked:
    """What to run: hashable, so that equal requests meet in the cache."""

    model: str
    net: str
    text: str | None
    target: str | None
    weights: str = ""
    reading: str = ""
    picture: str = ""
    written: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Run:
    """A traced pass, the id under which the browser may ask about it, and the model and weights that made it.

    stands_in: it is shown in the place of what the link asks for, which is not here, or not yet.
    asked: what it was run for; None of a trace that came with the app.
    """

    trace: Trace
    id: str
    model: str
    weights: str = ""
    stands_in: bool = False
    asked: Asked | None = None


def stamp(name: str) -> float:
    """When a model's folder last changed, so that a folder saved anew is loaded anew."""
    config = Path(name).expanduser() / "config.json"
    return config.stat().st_mtime if name not in model.available() and config.is_file() else 0.0


@st.cache_resource(max_entries=6, show_spinner=False)
def _load(name: str, changed: float) -> model.Model:  # noqa: ARG001  part of the key
    return model.load(name)


@st.cache_resource(max_entries=6, show_spinner=False)
def _build(config: TransformerConfig) -> model.Model:
    return model.Model(model.Transformer(config), card={"title": "Random weights, never trained"})


@st.cache_resource(max_entries=4, show_spinner=False)
def _control(name: str, changed: float, weights: str) -> model.Model:
    return model.control(_load(name, changed), weights)


def get_model(name: str, net: str = "", weights: str = "") -> model.Model:
    """A model by name or folder, or built from the choices in `net`. Raises GlassformerError.

    weights: "shuffled" or "random" for the control of a model with weights of its own.
    """
    if name == SCRATCH:
        return _build(config_of(net))
    return _control(name, stamp(name), weights) if weights else _load(name, stamp(name))


@st.cache_resource(max_entries=16, show_spinner=False, on_release=lambda run: STORE.remove(run.id))
def _run(asked: Asked, changed: float) -> Run:  # noqa: ARG001  part of the key
    m = get_model(asked.model, asked.net, asked.weights)
    trace = m.trace(**given(m, asked), keep_bytes=KEEP_BYTES)
    return Run(trace, STORE.add(trace), asked.model, asked.weights, asked=asked)


def given(m: model.Model, asked: Asked) -> dict[str, Any]:
    """The words that `trace` takes for a request."""
    if m.reads_pictures:
        return {"features": features_of(m, asked.picture)}
    text = default_text(m) if asked.text is None else asked.text
    words: dict[str, Any] = {"ids": ids_of("input", text)} if m.tokenizer is None else read_text(m, text, asked.reading)
    if m.config.architecture == "encoder-decoder":
        target = default_text(m, target=True) if asked.target is None else asked.target
        words["target"] = ids_of("target", target) if m.tokenizer is None else target
    if asked.written:  # ids: cut anew, a longer text may fall into other tokens
        read = m.inputs(**words)
        words = {"ids": read.tokens.tolist()} | ({} if read.target is None else {"target": read.target.tolist()})
        words["ids" if read.target is None else "target"] += asked.written
    return words


def read_text(m: model.Model, text: str, reading: str) -> dict[str, Any]:
    """The words that `trace` takes for a text: with special tokens, plain, or as a message of a chat."""
    if not reading or not text:  # an empty text is refused by the model, in its own words
        return {"text": text}
    if reading == "chat":
        return {"ids": m.tokenizer.encode(m.tokenizer.chat([{"role": "user", "content": text}]))}
    return {"ids": m.tokenizer.encode(text)}


def readable(m: model.Model, text: str) -> bool:
    """Whether the model has tokens for a text, and room for them."""
    stack = m.config.encoder or m.config.last
    try:
        return len(m.encode("text", text)) <= stack.n_ctx
    except GlassformerError:
        return False


def readings(m: model.Model) -> list[str]:
    """The ways to read a text that differ for this model; one alone needs no choice."""
    if m.tokenizer is None or not getattr(m.tokenizer, "special_ids", None):
        return [""]
    found = [""]
    if m.tokenizer.encode("a", special=True) != m.tokenizer.encode("a"):
        found.append("plain")
    if getattr(m.tokenizer, "template", None):
        found.append("chat")
    return found


def run(asked: Asked) -> Run:
    """The trace of a request, from the cache where it is known. Raises GlassformerError."""
    try:
        found = _run(asked, stamp(asked.model))
    except OSError as error:  # a folder that the system will not open, a name too long for a path
        raise GlassformerError(f"{asked.model[:60]!r} cannot be opened: {error.strerror}.") from error
    return kept(found)


def kept(found: Run) -> Run:
    """The run, known to the browser under its id: the store may have pushed it out while the cache still held it."""
    if STORE.get(found.id) is None:
        STORE.put(found.id, found.trace)
    return found


def default_text(m: model.Model, target: bool = False) -> str:
    """What to show before anybody has typed: the card's example, else ids that every model has."""
    if m.tokenizer is None:
        return " ".join(map(str, example_ids(m.config, target)))
    return str(m.card.get("example") or "Hello world")


def ids_of(name: str, text: str) -> list[int]:
    """Whole numbers, separated by spaces or commas. Raises InputError naming the first that is none."""
    words = text.replace(",", " ").split()
    if len(words) > MOST_IDS:
        raise InputError(f"{name} has {len(words):,} ids; at most {MOST_IDS:,} can be given here.")
    for i, word in enumerate(words):
        if not (word.isascii() and word.lstrip("-").isdigit() and len(word) < 12):
            shown = word[:20] if word[:20].isprintable() else ascii(word[:20])
            raise InputError(
                f"{name}: entry {i + 1} is {shown!r}; this model has no tokenizer and reads ids: "
                f"whole numbers with spaces between."
            )
    return [int(word) for word in words]
