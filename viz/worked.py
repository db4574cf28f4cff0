"""One cell's worked formula: its numbers put into the rule that made it, from an `Explanation` alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from model import Explanation, Term
from viz.arrays import short
from viz.prose import Catalogue

SHOWN = 3  # terms written out in the formula; the table below it has them all


@dataclass(frozen=True)
class Ordered:
    """A term with its place in the order of computation and its share of the whole, from -1 to 1."""

    place: int
    term: Term
    share: float


def ordered(explanation: Explanation) -> list[Ordered]:
    """Terms, the largest first; softmax by score, since e to the largest weighs most."""
    terms = explanation.terms
    top = max((float(t.value) for t in terms), default=0.0)
    weights = [_weight(explanation.op, t, top) for t in terms]
    most = max((abs(w) for w in weights), default=0.0) or 1.0
    found = [Ordered(i, t, w / most) for i, (t, w) in enumerate(zip(terms, weights, strict=True))]
    return sorted(found, key=lambda o: -abs(o.share))


def _weight(op: str, term: Term, top: float) -> float:
    """What a term counts for; `top` is the largest of all, found once: a vocabulary has tens of thousands."""
    value = float(term.value)
    if op == "softmax":
        return math.exp(value - top)
    if op == "norm":
        return value**2
    return value if math.isfinite(value) else 1.0


def softmax_total(explanation: Explanation) -> float | None:
    """What the powers of a softmax add up to, the largest score taken out of all; None for other cells."""
    if explanation.op != "softmax" or not explanation.terms:
        return None
    scores = [float(t.value) for t in explanation.terms]
    top = max(scores)
    return math.fsum(math.exp(s - top) for s in scores)


def latex(explanation: Explanation, said: Catalogue) -> str:
    """The formula with its numbers: the largest terms, what the others come to, and the result."""
    terms = explanation.terms
    value = number(explanation.value)
    if explanation.op in ("input", "select", "lookup", "route"):
        return value
    if explanation.op == "mask":
        return r"-\infty"
    if explanation.op == "softmax":
        return _softmax(explanation, said)
    if explanation.op == "activation":
        return rf"f({number(terms[0].value)}) = {value}"
    if explanation.op in ("product", "edit"):
        joined = (
            r" \times ".join(_signed(t.value) for t in terms)
            if explanation.op == "product"
            else ",\\ ".join(number(t.value) for t in terms)
        )
        return rf"{joined} {'=' if explanation.op == 'product' else chr(92) + 'to'} {value}"
    if explanation.op == "norm":
        largest, rest = _split(explanation)
        squares = [rf"{_signed(o.term.value)}^2" for o in largest]
        left = math.fsum(float(o.term.value) ** 2 for o in rest)
        more = [rf"\underbrace{{{_signed(left)}}}_{{{_more(rest, said)}}}"] if rest else []
        return _lines([rf"\sqrt{{{' + '.join(squares + more)}}}", f"= {value}"])
    return _sum(explanation, said)


def _lines(lines: list[str]) -> str:
    """One below the other: a phone is narrow."""
    return r"\begin{aligned} " + r" \\ ".join(f"& {line}" for line in lines) + r" \end{aligned}"


def _sum(explanation: Explanation, said: Catalogue) -> str:
    largest, rest = _split(explanation)
    written = []
    for o in largest:
        sources = o.term.sources
        product = explanation.op == "dot" and len(sources) > 1
        written.append(r" \cdot ".join(_signed(x) for _, _, x in sources) if product else _signed(o.term.value))
    if rest:
        left = math.fsum(float(o.term.value) for o in rest)
        written.append(rf"{_signed(left)} \quad ({_more(rest, said)})")
    first = written[0] if written else "0"
    return _lines([first, *(f"+ {w}" for w in written[1:]), f"= {number(explanation.value)}"])


def _softmax(explanation: Explanation, said: Catalogue) -> str:
    own = [t for t in explanation.terms if t.sources[0][1] == explanation.index]
    if not own:
        return rf"0 \quad \text{{({said.text('words', 'worked_hidden')})}}"
    top = max(float(t.value) for t in explanation.terms)
    total = softmax_total(explanation) or 0.0
    largest, rest = _split(explanation)
    bottom = " + ".join(rf"e^{{{number(o.term.value)}}}" for o in largest)
    more = rf" + \cdots\,{_more(rest, said)}" if rest else ""
    whole = rf"\frac{{e^{{{number(own[0].value)}}}}}{{{bottom}{more}}}"
    # With the largest score taken out of all, as it is computed: e to a large score would overflow.
    top_part, bottom_part = _apart(math.exp(float(own[0].value) - top), total)
    share = rf"\frac{{{top_part}}}{{{bottom_part}}}"
    return _lines([whole, f"= {share} = {number(explanation.value)}"])


def _apart(part: float, total: float) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to tell them apart: 1/1 would not be 0.9999."""
    digits = next((d for d in range(4, 16) if number(part, d) != number(total, d)), 4)
    return number(part, digits), number(total, digits)


def _more(rest: list[Ordered], said: Catalogue) -> str:
    return rf"\text{{{said.text('words', 'worked_more', n=len(rest))}}}"


def _split(explanation: Explanation) -> tuple[list[Ordered], list[Ordered]]:
    found = ordered(explanation)
    many = len(found) > SHOWN + 1
    return (found[:SHOWN], found[SHOWN:]) if many else (found, [])


def number(value: float | int | bool, digits: int = 4) -> str:
    """A number as LaTeX."""
    text = short(value, digits).replace("−", "-")
    if text in ("-∞", "∞"):
        return text.replace("∞", r"\infty")
    if "e" in text:
        factor, power = text.split("e")
        return rf"{factor} \cdot 10^{{{int(power)}}}"
    return text


def _signed(value: float | int | bool) -> str:
    text = number(value)
    return f"({text})" if text.startswith("-") or "cdot" in text else text
