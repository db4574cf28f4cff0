"""Functions and operators of drawn formulas, twice: over tensors for the pass, over single numbers for explanations.

Both follow IEEE arithmetic: what has no value is nan or infinite and raises nothing. Two libraries may differ in the
last digit of a logarithm, and a jump must not hang on that: what is a whole number but for 1e-9 counts as whole in
floor, ceil, round and %, and numbers that agree to 12 digits count as equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import torch
from torch import Tensor

WHOLE = 1e-9
SAME = 1e-12
MOST_ARGUMENTS = 8


@dataclass(frozen=True)
class Function:
    """few, most: how many arguments it takes."""

    tensor: Callable[..., Tensor]
    number: Callable[..., Any]
    few: int = 1
    most: int = 1


def settled(x: Any, library: Any, steps: int = 1) -> Any:
    """x, or the nearest multiple of 1/steps where it is that but for rounding. library: torch or numpy."""
    near = library.round(x * steps) / steps
    return library.where(abs(x - near) <= WHOLE * (1 + abs(x)), near, x)


def same(a: Any, b: Any, library: Any) -> Any:
    return (a == b) | (abs(a - b) <= SAME * library.maximum(abs(a), abs(b)))


def _floor(library: Any) -> Callable:
    return lambda x: library.floor(settled(x, library))


def _ceil(library: Any) -> Callable:
    return lambda x: library.ceil(settled(x, library))


def _round(library: Any) -> Callable:
    return lambda x: library.round(settled(x, library, 2))


def _remainder(library: Any) -> Callable:
    """a less the multiple of b that lies next to it towards -inf, as Python has it."""
    return lambda a, b: a - b * library.floor(settled(a / b, library))


def _compare(op: str, library: Any) -> Callable:
    """1 where it holds, else 0."""
    holds: dict[str, Callable] = {
        "<": lambda a, b: (a < b) & ~same(a, b, library),
        "<=": lambda a, b: (a < b) | same(a, b, library),
        ">": lambda a, b: (a > b) & ~same(a, b, library),
        ">=": lambda a, b: (a > b) | same(a, b, library),
        "==": lambda a, b: same(a, b, library),
        "!=": lambda a, b: ~same(a, b, library),
    }
    return lambda a, b: holds[op](a, b) * 1.0


def _sign(x: Tensor) -> Tensor:
    """torch calls the sign of nan 0; here it has none."""
    return torch.where(torch.isnan(x), x, torch.sign(x))


def _many(f: Callable) -> Callable:
    return lambda *args: reduce(f, args)


FUNCTIONS = {
    "abs": Function(torch.abs, np.abs),
    "min": Function(_many(torch.minimum), _many(np.minimum), 2, MOST_ARGUMENTS),
    "max": Function(_many(torch.maximum), _many(np.maximum), 2, MOST_ARGUMENTS),
    "exp": Function(torch.exp, np.exp),
    "log": Function(torch.log, np.log),
    "log2": Function(torch.log2, np.log2),
    "log10": Function(torch.log10, np.log10),
    "sqrt": Function(torch.sqrt, np.sqrt),
    "sin": Function(torch.sin, np.sin),
    "cos": Function(torch.cos, np.cos),
    "tan": Function(torch.tan, np.tan),
    "tanh": Function(torch.tanh, np.tanh),
    "sigmoid": Function(torch.sigmoid, lambda x: 1 / (1 + np.exp(-x))),
    "relu": Function(torch.relu, lambda x: np.maximum(x, 0.0)),
    "floor": Function(_floor(torch), _floor(np)),
    "ceil": Function(_ceil(torch), _ceil(np)),
    "round": Function(_round(torch), _round(np)),
    "sign": Function(_sign, np.sign),
    "where": Function(lambda c, a, b: torch.where(c != 0, a, b), lambda c, a, b: a if c != 0 else b, 3, 3),
}
FUNCTIONS |= {"ln": FUNCTIONS["log"], "if": FUNCTIONS["where"]}

# By the node they make; not to be called by name.
OPERATORS = {
    "+": Function(torch.add, np.add, 2, 2),
    "-": Function(torch.sub, np.subtract, 2, 2),
    "*": Function(torch.mul, np.multiply, 2, 2),
    "/": Function(torch.div, np.divide, 2, 2),
    "%": Function(_remainder(torch), _remainder(np), 2, 2),
    "^": Function(torch.pow, np.power, 2, 2),
    "neg": Function(torch.neg, np.negative),
    "not": Function(lambda x: (x == 0).double(), lambda x: (x == 0) * 1.0),
    "and": Function(lambda a, b: ((a != 0) & (b != 0)).double(), lambda a, b: ((a != 0) & (b != 0)) * 1.0, 2, 2),
    "or": Function(lambda a, b: ((a != 0) | (b != 0)).double(), lambda a, b: ((a != 0) | (b != 0)) * 1.0, 2, 2),
    **{op: Function(_compare(op, torch), _compare(op, np), 2, 2) for op in ("<", "<=", ">", ">=", "==", "!=")},
}
