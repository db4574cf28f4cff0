"""Cell rules: how one number of a stage is computed from which numbers of which stages and weights.

A rule gives the terms of a cell and says how they combine. `Stage.reads`, the arrows, the lit inputs and
the worked formula are all read off it, so they cannot disagree. Rules compute in Python floats and never
call the model: a test that compares `recomputed` with the traced value is a real second opinion.

A rule also gives the inverse of its terms: `reached`, the cells that a cell goes into. A new rule gives both; tests
compare the two over every cell.
"""

from __future__ import annotations

from model.rules.base import (
    Box,
    Cells,
    Index,
    Number,
    Places,
    Rule,
    Source,
    Term,
    at,
    cell,
    one,
    source,
    total,
    unique,
    whole,
)
from model.rules.cellwise import Activation, Product
from model.rules.given import Input, Same, Saved
from model.rules.lookup import Lookup, ScaledLookup
from model.rules.sums import Factor, SumOfProducts, add, stage, weight

__all__ = [
    "Activation",
    "Box",
    "Cells",
    "Factor",
    "Index",
    "Input",
    "Lookup",
    "Number",
    "Places",
    "Product",
    "Rule",
    "Same",
    "Saved",
    "ScaledLookup",
    "Source",
    "SumOfProducts",
    "Term",
    "add",
    "at",
    "cell",
    "one",
    "source",
    "stage",
    "total",
    "unique",
    "weight",
    "whole",
]
