"""Inputs that show something: from the model's card, or made up for a model that reads bare ids."""

from __future__ import annotations

from dataclasses import dataclass

import model
from pages.shared.loading import readable
from pages.shared.networks import example_ids
from viz.prose import Catalogue, catalogue

WORDS = {
    "The sun rises in the east and sets in the": "words",
    "one two three one two three one two": "again",
    "The dog bit the man. The man bit the dog.": "swapped",
}


@dataclass(frozen=True)
class Example:
    """text: what goes into the box; why: what there is to see."""

    text: str
    why: str


def examples(found: model.Model, language: str) -> list[Example]:
    """A handful, the one that is shown first in front. A card has them as [{text, why: {language: words}}]."""
    if found.tokenizer is None:
        return _ids(found, catalogue(language))
    if given := found.card.get("examples"):
        return [Example(one["text"], _said(one["why"], language)) for one in given]
    # A model that somebody brought has no card of ours: these show something in any model that reads words.
    fit = {text: why for text, why in WORDS.items() if readable(found, text)}
    return [Example(text, catalogue(language).text("page", f"example.{why}")) for text, why in fit.items()]


def _said(why: dict[str, str] | str, language: str) -> str:
    return why if isinstance(why, str) else why.get(language) or why["en"]


def _ids(found: model.Model, said: Catalogue) -> list[Example]:
    """Patterns of ids that fit the vocabulary and the length."""
    stack = found.config.encoder or found.config.decoder
    assert stack is not None
    size, longest = stack.d_vocab, stack.n_ctx
    n = min(8, longest)
    pattern = [1 % size, 2 % size, 3 % size, 0]
    made = {
        _text(example_ids(found.config)): "mixed",
        _text([1 % size] * n): "same",
        _text([pattern[i % 4] for i in range(n)]): "pattern",
        _text([i % size for i in range(n)]): "rising",
        _text([1 % size]): "one",
    }
    return [Example(text, said.text("page", f"example.{why}")) for text, why in made.items()]


def _text(ids: list[int]) -> str:
    return " ".join(map(str, ids))
