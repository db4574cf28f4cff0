"""Text to segments: `{word}` is put in, `[phrase](name)` becomes a link to a tensor.

What is put in is never read as markup: it may be a token that somebody typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Segment = dict[str, Any]  # `Segment` of types.ts: t, and perhaps ref and index
Paragraph = list[Segment]
Value = str | int | float | Segment | Paragraph

_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_WORD = re.compile(r"\{(\w+)\}")


def quote(text: str, ref: str, index: tuple[int, ...] | None = None) -> Segment:
    """A number read from a tensor: from that very cell, or worked out from all of it where there is no index."""
    return {"t": text, "ref": ref} if index is None else {"t": text, "ref": ref, "index": list(index)}


def fill(text: str, values: Mapping[str, object]) -> str:
    """The text with its words put in. Raises KeyError for a word that is not given."""
    return _WORD.sub(lambda m: _plain(values[m[1]]), text)


def mark(text: str, values: Mapping[str, Value], resolve: Callable[[str], str | None]) -> Paragraph:
    """The text as segments, neighbours without a link joined. Raises KeyError for a word that is not given."""
    out: Paragraph = []
    at = 0
    for link in _LINK.finditer(text):
        _put(out, text[at : link.start()], values)
        phrase, name = fill(link[1], values), resolve(link[2])
        out.append({"t": phrase} if name is None else {"t": phrase, "ref": name})
        at = link.end()
    _put(out, text[at:], values)
    return joined(out)


def joined(segments: Paragraph) -> Paragraph:
    """The same, with neighbours that are only text made one."""
    out: Paragraph = []
    for segment in segments:
        if out and set(out[-1]) == set(segment) == {"t"}:
            out[-1] = {"t": out[-1]["t"] + segment["t"]}
        elif segment["t"]:
            out.append(dict(segment))
    return out


def plain(paragraph: Paragraph) -> str:
    """What a person reads."""
    return "".join(segment["t"] for segment in paragraph)


def _put(out: Paragraph, text: str, values: Mapping[str, Value]) -> None:
    for i, piece in enumerate(_WORD.split(text)):  # every other piece is a word
        value = values[piece] if i % 2 else piece
        if isinstance(value, list):
            out += value
        else:
            out.append(value if isinstance(value, dict) else {"t": str(value)})


def _plain(value: object) -> str:
    if isinstance(value, list):
        return plain(value)
    return str(value["t"]) if isinstance(value, dict) else str(value)
