"""Explanations: one cell, its terms and the cell worked out again from them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.errors import TraceError
from model.rules import Index, Input, Number, Term
from model.stages import Stage

if TYPE_CHECKING:
    from model.trace import Trace


@dataclass(frozen=True)
class Explanation:
    """How one cell came about.

    op          how the terms combine: sum, product, dot, softmax, norm, activation, lookup, rotate, select,
                mask, edit, input
    terms       ingredients, each with a label, a number and the cells it was read from
    recomputed  the cell from the terms' numbers alone
    """

    name: str
    index: Index
    value: Number
    formula: str
    op: str
    terms: tuple[Term, ...]
    recomputed: Number


def explain(trace: Trace, stage: Stage, index: int | Index) -> Explanation:
    """The cell of a stage, explained by its rule and by the edits that touch it."""
    where = stage.check_index(index)  # type: ignore[arg-type]
    value = trace[stage.name][where].item()
    if isinstance(stage.rule, Input) and stage.name not in trace.changed:
        return Explanation(stage.name, where, value, stage.formula, "input", (), value)
    if trace.network is None:
        raise TraceError(f"explaining {stage.name} needs the model: open the trace with Trace.load(path, model=m).")
    weights = trace.network.weights

    def cells(name: str) -> Tensor:
        return trace[name] if name in trace else weights.raw(name)

    with torch.no_grad():
        if isinstance(stage.rule, Input):  # an input that an edit changed
            terms: tuple[Term, ...] = ()
            op, recomputed = "input", trace.given(stage.name)[where].item()
        else:
            terms = stage.rule.terms(where, cells)
            op, recomputed = stage.rule.op_at(terms), stage.rule.combine(terms, where)
    for bound in trace.edits_at(stage.name):
        if bound.touches(where):
            op = "edit"
            terms, recomputed = _edited(bound.edit.op, recomputed, bound.number(where))
    if isinstance(value, (bool, int)):
        recomputed = type(value)(recomputed)
    return Explanation(stage.name, where, value, stage.formula, op, terms, recomputed)


def _edited(op: str, before: Number, number: Number | None) -> tuple[tuple[Term, ...], Number]:
    """Terms of a cell that an edit touched: what it was, and what the edit did to it."""
    if op == "zero":
        return (Term("set to 0 by an edit", 0.0),), 0.0
    assert number is not None
    was = Term("computed, before the edit", before)
    if op == "scale":
        # a masked score stays masked, also times 0
        return (was, Term("times, by an edit", number)), before if before == -math.inf else before * number
    if op == "add":
        return (was, Term("plus, by an edit", number)), before + number
    return (Term("set by an edit", number),), number
