"""One cell of two traces: this number, the other, the difference; and term by term, where the difference comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from model import Explanation, Stage, Term
from viz import cells, worked
from viz.arrays import exact, plain
from viz.difference import Pair, minus, weight_source
from viz.prose import Catalogue

Cell = tuple[int, ...]
ADDITIVE = ("sum", "dot")


@dataclass(frozen=True)
class Changed:
    """whole: the difference, explained; mine, theirs: the two cells; words: key of what is said of it."""

    whole: Explanation
    mine: Explanation
    theirs: Explanation
    words: str


def changed(pair: Pair, name: str, index: Cell) -> Changed:
    """Raises TraceError where the stage has no counterpart."""
    pair.stage(name)
    mine, theirs = pair.this.explain(name, index), pair.other.explain(name, index)
    alike = _alike(mine, theirs)
    moved = [_moved(a, b) for a, b in zip(mine.terms, theirs.terms, strict=True)] if alike else []
    additive = alike and mine.op in ADDITIVE
    again = math.fsum(float(t.value) for t in moved) if additive else _less(theirs.recomputed, mine.recomputed)
    value, op = _less(theirs.value, mine.value), "sum" if additive else "change"
    whole = Explanation(name, mine.index, value, mine.formula, op, tuple(moved), again)
    return Changed(whole, mine, theirs, "change_sum" if additive else "change" if alike else "change_apart")


def explanation(pair: Pair, found: Changed, most: int, said: Catalogue) -> dict[str, Any]:
    """`Explanation` of types.ts, of the difference, with `this` and `other` beside it."""
    mine, theirs, value = found.mine, found.theirs, found.whole.value
    return {
        **cells.explanation(pair.this, found.whole, most, said), "worked": _worked(mine, theirs, float(value)),
        "this": exact(mine.value), "other": exact(theirs.value), "words": said.op(found.words),
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
