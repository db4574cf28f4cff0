"""Formulas with the numbers of one position and one dimension put in, as LaTeX, and the tutorial's worked cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from model.model import Model
from model.positional.properties import words
from model.positional.rotary import Rotary, Rotate
from model.trace import Trace
from viz import worked
from viz.positions.one import angles, hidden, vectors, wave_of
from viz.positions.setup import BIAS, Setup, encoding, network
from viz.prose import DEFAULT, catalogue
from viz.source import Snippet, lines

SENTENCE = ("I", "am", "a", "robot")  # of the tutorial


@dataclass(frozen=True)
class Worked:
    """general: the formula; latex: with numbers; value: what it comes to; stage: the tensor, index: its cell."""

    general: str
    latex: str
    value: float
    stage: str
    index: tuple[int, ...]


def cell(setup: Setup, position: int, other: int, head: int = 0) -> Worked | None:
    """The cell of the encoding at a position: of dimension `other` of its vector, of key `other` of its bias in a
    head, or of dimension `other` of the first head's query that it turns. None where there is nothing to compute.
    """
    trace = _trace(setup)
    index: tuple[int, ...]
    if "pos_embed" in trace:
        name, index = "pos_embed", (position, other % setup.width)
    elif BIAS in trace:
        name, index = BIAS, (head % setup.heads, position, other % setup.positions)
        if hidden(setup)[index[1:]]:
            return Worked(trace.explain(name, index).formula, r"\text{hidden by the mask}", math.nan, name, index)
    elif "blocks.0.attn.rot_q" in trace:
        name, index = "blocks.0.attn.rot_q", (position, 0, other % setup.width)
    else:
        return None
    found = trace.explain(name, index)
    latex = worked.latex(found, catalogue(DEFAULT))
    if setup.positional == "sinusoidal":
        latex = sinusoid(setup, *index)
    elif name.endswith("rot_q"):
        latex = turn(setup, index, trace["blocks.0.attn.q"][position, 0].tolist())
    return Worked(found.formula, latex, float(found.value), name, index)


@lru_cache(maxsize=8)
def _trace(setup: Setup) -> Trace:
    return Model(network(setup)).trace(ids=words(setup.positions))


def sinusoid(setup: Setup, position: int, dim: int) -> str:
    """sin or cos, its exponent, its angle and its value."""
    wave, table = wave_of(setup), vectors(setup)
    assert table is not None
    i, sine = wave.pair(dim)
    name, angle = ("sin" if sine else "cos"), position / wave.base ** (2 * i / wave.d)
    return (
        rf"\begin{{aligned}} p_{{{position},{dim}}} &= "
        rf"\{name}\frac{{{position}}}{{{wave.base:g}^{{2 \cdot {i} / {wave.d}}}}}"
        rf" \\ &= \{name}({worked.number(angle)}) = {worked.number(float(table[position, dim]))} \end{{aligned}}"
    )


def turn(setup: Setup, index: tuple[int, ...], q: list[float]) -> str:
    """One number of a query, turned: itself times the cosine, its partner times the sine."""
    position, _, dim = index
    found = encoding(setup)
    assert isinstance(found, Rotary)
    partner = found.partner(dim)
    own = worked.number(q[dim])
    if partner is None:
        return rf"\tilde q_{{{position},{dim}}} = {own} \quad \text{{not turned}}"
    pair, other, sign = partner
    turned = angles(setup)
    assert turned is not None
    angle = worked.number(float(turned[position, pair]))
    trace, name = _trace(setup), "blocks.0.attn.rot_q"
    rule = trace.stage(name).rule
    assert isinstance(rule, Rotate)
    stretch = rule.stretch(position, pair)
    factor = "" if stretch == 1 else rf"{worked.number(stretch)} \cdot "
    sign_of = "-" if sign < 0 else "+"
    return (
        rf"\begin{{aligned}} \tilde q_{{{position},{dim}}} &= {factor}{_in(own)} \cos({angle}) \\ "
        rf"& {sign_of} {factor}{_in(worked.number(q[other]))} \sin({angle}) \\ "
        rf"&= {worked.number(trace[name][index].item())} \end{{aligned}}"
    )


def _in(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


def code(setup: Setup) -> list[Snippet]:
    """The lines of the registry's file that ran."""
    found = cell(setup, 0, 0)
    return [] if found is None else lines(network(setup), found.stage)


def tutorial(base: float, layout: str = "interleaved", width: int = 4) -> tuple[list[str], np.ndarray]:
    """(heads of the columns, [word, dimension] numbers) for the tutorial's sentence of four words."""
    setup = Setup("sinusoidal", (("sinusoid_base", base), ("sinusoid_layout", layout)), len(SENTENCE), width, 1)
    table, wave = vectors(setup), wave_of(setup)
    assert table is not None
    heads = []
    for d in range(width):
        i, sine = wave.pair(d)
        heads.append(f"{'sin' if sine else 'cos'}(k/{base:g}^({2 * i}/{width}))")
    return heads, table
