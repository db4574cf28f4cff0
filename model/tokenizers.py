"""Text to ids to display pieces. Special tokens are visible, and bytes are shown as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from model.errors import CheckpointError, InputError


class TokenizerLike(Protocol):
    """What a model's tokenizer offers."""

    def encode(self, text: str, special: bool = False) -> list[int]:
        """Ids; with `special`, those the model was trained to see around the text too."""
        ...

    def decode(self, ids: Sequence[int]) -> str: ...

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """What each id stands for, one string an id."""
        ...


class LetterTokenizer:
    """One id a letter: the first letter is id 0. No special tokens."""

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


class FileTokenizer:
    """A tokenizer from `tokenizer.json`, or from GPT-2's `vocab.json` and `merges.txt`."""

    def __init__(self, backend: Any):
        self.backend = backend
        self._byte_level = "ByteLevel" in type(backend.decoder).__name__ or "ByteLevel" in str(backend.decoder)

    @classmethod
    def from_folder(cls, folder: Path) -> FileTokenizer | None:
        """None when the folder has no tokenizer. Raises CheckpointError when it has a broken one."""
        from tokenizers import Tokenizer

        try:
            if (folder / "tokenizer.json").is_file():
                backend = Tokenizer.from_file(str(folder / "tokenizer.json"))
                backend.no_padding()
                backend.no_truncation()  # a text too long is refused with a message, never cut in silence
                return cls(backend)
            if (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file():
                from tokenizers import decoders, models, pre_tokenizers

                backend = Tokenizer(models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
                backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
                backend.decoder = decoders.ByteLevel()
                return cls(backend)
        except Exception as error:  # the Rust library raises bare Exception
            raise CheckpointError(f"the tokenizer in {folder} cannot be read: {error}.") from error
        return None

    def encode(self, text: str, special: bool = False) -> list[int]:
        # A lone surrogate cannot be turned into the bytes a tokenizer reads.
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"character {error.start + 1} of the text is half of a pair (a lone surrogate); delete it."
            ) from error
        return list(self.backend.encode(text, add_special_tokens=special).ids)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self.backend.decode(list(ids), skip_special_tokens=False))

    def pieces(self, ids: Sequence[int]) -> list[str]:
        return [self._piece(i) for i in ids]

    def _piece(self, i: int) -> str:
        token = self.backend.id_to_token(i) if 0 <= i < 2**32 else None
        if token is None:
            return f"<id {i}>"
        if not self._byte_level or i in self.backend.get_added_tokens_decoder():
            return token.replace("▁", " ")
        if any(c not in byte_of() for c in token):
            return token
        raw = bytes(byte_of()[c] for c in token)
        try:
            return raw.decode()
        except UnicodeDecodeError:  # part of a character: show the bytes
            return "".join(f"<0x{b:02X}>" for b in raw)


@cache
def byte_of() -> dict[str, int]:
    """GPT-2's alphabet: which printable character stands for which byte in byte-level vocabularies."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in plain]
    return {chr(b): b for b in plain} | {chr(256 + n): b for n, b in enumerate(others)}
