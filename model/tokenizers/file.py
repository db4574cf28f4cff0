"""A tokenizer as published with a model, run by the `tokenizers` library."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from model.errors import InputError
from model.tokenizers import chat, pieces


class FileTokenizer:
    """backend    a `tokenizers.Tokenizer`, without padding and truncation
    specials   role -> id; see `TokenizerLike`
    template   the chat template, Jinja source; None when the model has none
    """

    def __init__(self, backend: Any, specials: Mapping[str, int] | None = None, template: str | None = None):
        self.backend, self.specials, self.template = backend, dict(specials or {}), template
        # Asking the library each time would copy the whole table.
        self.added = {i: token.content for i, token in backend.get_added_tokens_decoder().items()}
        named = frozenset(i for i, token in backend.get_added_tokens_decoder().items() if token.special)
        self.special_ids = named | frozenset(self.specials.values())
        self.kind = _kind(backend)

    def encode(self, text: str, special: bool = False) -> list[int]:
        """Names of special tokens written in the text, such as <|im_start|>, become those tokens.

        Raises InputError for text that is no Unicode.
        """
        # A lone surrogate cannot be turned into the bytes a tokenizer reads.
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"character {error.start + 1} of the text is half of a pair (a lone surrogate); delete it."
            ) from error
        with _sound():
            return list(self.backend.encode(text, add_special_tokens=special).ids)

    def decode(self, ids: Sequence[int]) -> str:
        with _sound():
            return str(self.backend.decode(list(ids), skip_special_tokens=False))

    def token(self, i: int) -> str | None:
        """The token as the vocabulary spells it; None for an id without one."""
        return self.backend.id_to_token(i) if 0 <= i < 2**32 else None

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """What each id stands for. A part of a character is shown as its bytes, <0xE2>; WordPiece keeps its ##."""
        return [self._piece(i) for i in ids]

    def _piece(self, i: int) -> str:
        token = self.token(i)
        if token is None:
            return f"<id {i}>"
        if i in self.added or self.kind in ("words", "text"):
            return token
        return pieces.shown(pieces.raw(token, self.kind))

    def as_bytes(self, ids: Sequence[int]) -> list[bytes]:
        """The bytes each id stands for. In byte-level vocabularies they add up to the text itself; elsewhere to what
        the tokenizer made of it first (lower case, say, or a space in front)."""
        out = []
        for n, i in enumerate(ids):
            token = self.token(i)
            kind = "text" if i in self.added else self.kind
            out.append(b"" if token is None else pieces.raw(token, kind, starts=n == 0))
        return out

    def chat(self, messages: Sequence[Mapping[str, Any]], *, answer: bool = True) -> str:
        """The text of a conversation, as the model was trained to read it: encode it without `special`, since the
        template writes the special tokens itself.

        messages   [{"role": "user", "content": "Hello"}, ...]
        answer     end where the model is to answer

        Raises InputError when the model has no template or the template refuses the messages.
        """
        if self.template is None:
            raise InputError("this model has no chat template: it continues text. Give it the text itself.")
        names = {f"{role}_token": self.token(i) or "" for role, i in self.specials.items()}
        return chat.render(self.template, messages, {**names, "add_generation_prompt": answer})


@contextmanager
def _sound() -> Iterator[None]:
    """A tokenizer whose file contradicts itself may open and then fail, and where Rust panics Python gets something
    that is not even an Exception. Raises InputError instead."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise InputError(f"the model's tokenizer is damaged: {error}; give ids= instead of text.") from error


def _kind(backend: Any) -> str:
    """How the vocabulary spells text (see `pieces.raw`), told from the parts around it."""
    seams = (backend.decoder, backend.pre_tokenizer, backend.normalizer)
    # Their JSON; their repr is cut off at some length, and the library fails where that is within a character.
    said = " ".join(json.dumps(json.loads(s.__getstate__()), ensure_ascii=False) for s in seams if s is not None)
    if '"ByteLevel"' in said:
        return "bytes"
    if "▁" in said or '"Metaspace"' in said:
        return "spaces"
    return "words" if type(backend.model).__name__ == "WordPiece" else "text"
