"""One id a letter: for models that come with the app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from model.errors import InputError


class LetterTokenizer:
    """The first letter is id 0. No special tokens."""

    specials: Mapping[str, int] = {}
    special_ids: frozenset[int] = frozenset()

    def __init__(self, letters: str):
        self.letters = letters

    def encode(self, text: str, special: bool = False) -> list[int]:
        """Raises InputError for a letter outside the vocabulary, naming it and its place."""
        for i, letter in enumerate(text):
            if letter not in self.letters:
                shown = letter if letter.isprintable() else f"U+{ord(letter):04X}"
                raise InputError(
                    f"letter {i + 1} is {shown!r}; this model knows only {', '.join(self.letters)}. Type those letters."
                )
        return [self.letters.index(letter) for letter in text]

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(self.pieces(ids))

    def pieces(self, ids: Sequence[int]) -> list[str]:
        return [self.letters[i] if 0 <= i < len(self.letters) else f"<id {i}>" for i in ids]

    def as_bytes(self, ids: Sequence[int]) -> list[bytes]:
        return [piece.encode() for piece in self.pieces(ids)]

    def chat(self, messages: Sequence[Mapping[str, Any]], *, answer: bool = True) -> str:
        raise InputError("this model reads letters and was not trained on conversations; type its letters.")
