"""Sentences that are worded in code, such as errors, in another language.

English takes them as they are. Another language has a table from English, in which `{1}`, `{2}` stand for what a
sentence is filled with; that may be such a sentence again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_HOLE = re.compile(r"\{(\d+)\}")


class Sentences:
    """A table from English. What is not in it stays as it is."""

    def __init__(self, table: Mapping[str, str]):
        self.plain = {english: other for english, other in table.items() if not _HOLE.search(english)}
        filled = [(english, other) for english, other in table.items() if english not in self.plain]
        # The one with most words of its own first: another may be a part of it.
        filled.sort(key=lambda pair: -len(_HOLE.sub("", pair[0])))
        self.filled = [(_pattern(english), other) for english, other in filled]

    def __call__(self, text: str) -> str:
        if text in self.plain:
            return self.plain[text]
        for pattern, other in self.filled:
            if (found := pattern.fullmatch(text)) is not None:
                return _HOLE.sub(lambda hole, found=found: self(found[f"_{hole[1]}"]), other)  # type: ignore[misc]
        return text


def _pattern(english: str) -> re.Pattern[str]:
    pieces = _HOLE.split(english)  # every other one is a number
    return re.compile("".join(f"(?P<_{p}>.*?)" if i % 2 else re.escape(p) for i, p in enumerate(pieces)), re.DOTALL)
