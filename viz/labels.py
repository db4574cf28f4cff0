"""What the places along an axis are called: tokens along positions, queries and keys, numbers elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from model import Stage, Trace
from viz import patches

_LONGEST = 14


def pieces(trace: Trace, ids: Sequence[int]) -> list[str]:
    """Each id as the tokenizer shows it. A trace opened alone knows some; else the bare id stands for itself."""
    tokenizer = None if trace.model is None else trace.model.tokenizer
    if tokenizer is None:
        return [visible(trace.pieces[i]) if i in trace.pieces else str(i) for i in ids]
    return [visible(p) for p in tokenizer.pieces(list(ids))]


def tokens_of(trace: Trace, side: str) -> list[str]:
    """The pieces that stand at the positions of a stack: side is "", "encoder" or "decoder"."""
    if (found := patches.of(trace)) is not None:
        return found.pieces
    name = f"{side}.tokens" if side else "tokens"
    return pieces(trace, trace[name].tolist())


def special(trace: Trace, side: str) -> list[int]:
    """Positions of special tokens, by their ids: how one is spelt says nothing. None are known without a tokenizer."""
    if (found := patches.of(trace)) is not None:
        return list(range(found.first))
    tokenizer = None if trace.model is None else trace.model.tokenizer
    ids = trace[f"{side}.tokens" if side else "tokens"].tolist()
    return [] if tokenizer is None else [place for place, i in enumerate(ids) if i in tokenizer.special_ids]


def inputs(trace: Trace) -> dict[str, list[str]]:
    """Pieces of every input, under the name of the stage whose rows are its tokens."""
    if (found := patches.of(trace)) is not None:
        return {"embed": found.pieces}
    return {n: tokens_of(trace, n.rpartition(".")[0]) for n in trace.names if n.rpartition(".")[2] == "tokens"}


def side_of(trace: Trace, stage: Stage, axis: str) -> str:
    """Whose tokens stand along this axis of a stage."""
    if "encoder.tokens" not in trace:
        return ""
    if stage.name.startswith("encoder."):
        return "encoder"
    # Keys of cross-attention, and the keys and values themselves, belong to the source.
    _, across, inside = stage.name.partition(".cross_attn.")
    source = axis == "key" or inside.partition(".")[0] in ("k", "v", "k_norm")
    return "encoder" if across and source else "decoder"


def tokens_along(trace: Trace, stage: Stage, axis: str) -> list[str] | None:
    """Pieces along an axis, or None where the axis is not one of tokens."""
    if axis in ("position", "query", "key"):
        return tokens_of(trace, side_of(trace, stage, axis))
    if axis == "patch" and (found := patches.of(trace)) is not None:
        return found.pieces[found.first :]
    return None


def labels_of(trace: Trace) -> list[str] | None:
    """What the labels of a classifier are called, by its card; None where it does not say."""
    given = None if trace.model is None else trace.model.card.get("labels")
    return None if given is None else [visible(str(name)) for name in given]


class Words(Sequence[str]):
    """What each id of a vocabulary stands for, looked up one by one: a large one has tens of thousands."""

    def __init__(self, trace: Trace, size: int):
        self.trace, self.size = trace, size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, i: Any) -> Any:
        if not 0 <= i < self.size:
            raise IndexError(i)  # this is how Python knows that an iteration has come to its end
        return cut(pieces(self.trace, [i])[0])


def ticks(trace: Trace, stage: Stage, axis: str) -> Sequence[str]:
    """One label a place, e.g. "2 C" along positions, "C" along a vocabulary, "17" elsewhere."""
    size = stage.shape[stage.axes.index(axis)]
    tokens = tokens_along(trace, stage, axis)
    if tokens is not None:
        return [f"{i} {cut(t)}" for i, t in enumerate(tokens)]
    if axis == "d_vocab":
        return Words(trace, size)
    if axis == "label" and (names := labels_of(trace)) is not None:
        return [cut(name) for name in names]
    return [str(i) for i in range(size)]


def place(trace: Trace, stage: Stage, axis: str, i: int) -> str:
    """One place in words: "position 2 “C”"."""
    word = axis if axis in ("position", "query", "key", "head") else {"kv_head": "key/value head"}.get(axis, axis)
    tokens = tokens_along(trace, stage, axis)
    if tokens is not None:
        return f"{word} {i} “{isolate(cut(tokens[i]))}”"
    if axis == "d_vocab":
        return f"token {i} “{isolate(cut(pieces(trace, [i])[0]))}”"
    return f"{word} {i}"


def visible(piece: str) -> str:
    """A piece with its spaces, line ends and invisible characters made visible."""
    shown = {" ": "·", "\n": "↵", "\t": "⇥", "\r": "␍"}
    inside_emoji = "\u200d" if len(piece) > 2 else ""  # joins pictures into one; alone it is invisible too
    return "".join(shown.get(c) or (f"U+{ord(c):04X}" if _invisible(c) and c != inside_emoji else c) for c in piece)


def _invisible(c: str) -> bool:
    """Controls, zero-width and direction marks, lone surrogates, spaces of unusual width."""
    return unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")


def cut(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def isolate(text: str) -> str:
    """Keeps a right-to-left piece from turning around what stands beside it."""
    return f"\u2068{text}\u2069"
