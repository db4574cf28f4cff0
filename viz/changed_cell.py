"""One cell of two traces: this number, the other, the difference; and term by term, where the difference comes from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from model import Explanation, Stage, Term
from viz import cells, worked
from viz.arrays import exact, plain
from viz.difference import Pair, minus, weight_source
from viz.prose import Catalogue

Cell = tuple[int, ...]
ADDITIVE = ("sum", "dot")


def explanation(pair: Pair, name: str, index: Cell, most: int, said: Catalogue) -> dict[str, Any]:
    """`Explanation` of types.ts, of the difference, with `this` and `other` beside it."""
    mine, theirs = pair.this.explain(name, index), pair.other.explain(name, index)
    value = _less(theirs.value, mine.value)
    alike = _alike(mine, theirs)
    moved = [_moved(a, b) for a, b in zip(mine.terms, theirs.terms, strict=True)] if alike else []
    additive = alike and mine.op in ADDITIVE
    whole = Explanation(name, mine.index, value, mine.formula, "sum" if additive else "change", tuple(moved), value)
    words = "change_sum" if additive else "change" if alike else "change_apart"
    again = math.fsum(float(t.value) for t in moved) if additive else _less(theirs.recomputed, mine.recomputed)
    found = cells.explanation(pair.this, whole, most, said)
    return {
        **found, "recomputed": plain(again), "worked": _worked(mine, theirs, value), "this": exact(mine.value),
        "other": exact(theirs.value), "words": said.op(words),
    }  # fmt: skip


def learned(pair: Pair, weight: Stage, index: Cell, said: Catalogue) -> dict[str, Any]:
    """The same for a cell of a weight, which nothing in either pass computes. Raises TraceError without counterpart."""
    weight_source(pair, weight.name)
    mine, theirs = (cells.learned(trace, weight, index, said) for trace in (pair.this, pair.other))
    value = _less(float(theirs["value"]), float(mine["value"]))
    return {
        **mine, "value": plain(value), "recomputed": plain(value), "text": exact(value), "this": mine["text"],
        "other": theirs["text"], "worked": rf"{theirs['worked']} - ({mine['worked']}) = {worked.number(value)}",
    }  # fmt: skip


def _less(other: float | int | bool, this: float | int | bool) -> float:
    """In float32, as the picture shows it."""
    return float(minus(np.array(other, np.float32), np.array(this, np.float32)))


def _alike(mine: Explanation, theirs: Explanation) -> bool:
    """Whether the terms of both belong together one by one."""
    if mine.op != theirs.op or len(mine.terms) != len(theirs.terms):
        return False
    return all(a.label == b.label and _names(a) == _names(b) for a, b in zip(mine.terms, theirs.terms, strict=True))


def _names(term: Term) -> list[tuple[str, Cell]]:
    return [(name, index) for name, index, _ in term.sources]


def _moved(mine: Term, theirs: Term) -> Term:
    sources = tuple(
        (name, index, _less(after, before))
        for (name, index, before), (_, _, after) in zip(mine.sources, theirs.sources, strict=True)
    )
    return Term(mine.label, _less(theirs.value, mine.value), sources)


def _worked(mine: Explanation, theirs: Explanation, value: float) -> str:
    """other - this = difference, as LaTeX."""
    this = worked.number(mine.value)
    this = f"({this})" if this.startswith("-") else this
    return rf"{worked.number(theirs.value)} - {this} = {worked.number(value)}"
