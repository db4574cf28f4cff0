"""Text to ids to display pieces. Special tokens are visible, and bytes are shown as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from model.tokenizers.file import FileTokenizer
from model.tokenizers.letters import LetterTokenizer
from model.tokenizers.pieces import byte_of


class TokenizerLike(Protocol):
    """What a model's tokenizer offers."""

    @property
    def specials(self) -> Mapping[str, int]:
        """Role -> id of the special tokens: bos, eos, unk, sep, pad, cls, mask, as far as there are any."""
        ...

    @property
    def special_ids(self) -> frozenset[int]:
        """Ids that stand for no text: those in `specials`, and others such as the marks of a chat."""
        ...

    def encode(self, text: str, special: bool = False) -> list[int]:
        """Ids; with `special`, those the model was trained to see around the text too."""
        ...

    def decode(self, ids: Sequence[int]) -> str: ...

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """What each id stands for, one string an id."""
        ...

    def chat(self, messages: Sequence[Mapping[str, Any]], *, answer: bool = True) -> str:
        """The text of a conversation, as the model was trained to read it."""
        ...


__all__ = ["FileTokenizer", "LetterTokenizer", "TokenizerLike", "byte_of"]
