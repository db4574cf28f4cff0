"""The language of a formula: what it means beside NumPy, how it is written out again, and what is refused."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

import model
from model.positional.drawn_language import LONGEST, NAMES, at_one, over_tensors, parse
from model.positional.drawn_text import latex, written
from tests.model.positional.build import network

N, HEADS = 6, 3
HEAD, QUERY, KEY = np.ix_(np.arange(HEADS), np.arange(N), np.arange(N))
PLACES = {
    "distance": QUERY - KEY, "query": QUERY, "key": KEY, "head": HEAD,
    "heads": np.array(HEADS), "n_ctx": np.array(64),
}  # fmt: skip


# ---- the language beside another evaluation -----------------------------------------------------------------


@dataclass(frozen=True)
class Tree:
    """What a formula says, and how somebody may type it."""

    text: str
    op: str
    args: tuple[Any, ...] = ()


def leaf(value: float | str) -> Tree:
    return Tree(str(value), "leaf", (value,))


def infix(op: str, left: Tree, right: Tree) -> Tree:
    return Tree(f"({left.text}){op}( {right.text})", op, (left, right))


def call(op: str, *args: Tree) -> Tree:
    return Tree(f"{op}({', '.join(a.text for a in args)})", op, args)


ONE = ("abs", "exp", "log", "log2", "log10", "sqrt", "sin", "cos", "tan", "tanh", "sigmoid", "relu", "floor", "ceil",
       "round", "sign")  # fmt: skip
TWO = ("+", "-", "*", "/", "%", "^", "**", "<", "<=", ">", ">=", "==", "!=", " and ", " or ")
leaves = st.builds(
    leaf, st.one_of(st.sampled_from([*NAMES, "pi", "e"]), st.integers(0, 12), st.sampled_from([0.5, 0.25, 1.5, 1e-3]))
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(call, st.sampled_from(ONE), inner),
        st.builds(infix, st.sampled_from(TWO), inner, inner),
        st.builds(call, st.sampled_from(["min", "max"]), inner, inner),
        st.builds(lambda a: Tree(f"-({a.text})", "neg", (a,)), inner),
        st.builds(lambda a: Tree(f"(not ({a.text}))", "not", (a,)), inner),
        st.builds(call, st.sampled_from(["where", "if"]), inner, inner, inner),
    ),
    max_leaves=12,
)


def reference(tree: Tree, kind: Any) -> np.ndarray:
    """The tree by NumPy, in the arithmetic of `kind`."""
    if tree.op == "leaf":
        (value,) = tree.args
        known = {"pi": math.pi, "e": math.e} | PLACES
        return np.broadcast_to(np.asarray(known.get(value, value), dtype=kind), (HEADS, N, N))
    a, b, c = (*(reference(x, kind) for x in tree.args), np.zeros(()), np.zeros(()))[:3]

    def whole(x: np.ndarray, steps: int = 1) -> np.ndarray:
        near = np.rint(x * steps) / steps
        return np.where(np.abs(x - near) <= 1e-9 * (1 + np.abs(x)), near, x)

    def alike() -> np.ndarray:
        return (a == b) | (np.abs(a - b) <= 1e-12 * np.maximum(np.abs(a), np.abs(b)))

    found = {
        "+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b, "^": lambda: a**b,
        "**": lambda: a**b, "%": lambda: a - b * np.floor(whole(a / b)), "neg": lambda: -a,
        "<": lambda: (a < b) & ~alike(), "<=": lambda: (a < b) | alike(), ">": lambda: (a > b) & ~alike(),
        ">=": lambda: (a > b) | alike(), "==": alike, "!=": lambda: ~alike(), "not": lambda: a == 0,
        " and ": lambda: (a != 0) & (b != 0), " or ": lambda: (a != 0) | (b != 0),
        "min": lambda: np.minimum(a, b), "max": lambda: np.maximum(a, b),
        "where": lambda: np.where(a != 0, b, c), "if": lambda: np.where(a != 0, b, c),
        "sigmoid": lambda: 1 / (1 + np.exp(-a)), "relu": lambda: np.where(a <= 0, 0 * a, a),
        "floor": lambda: np.floor(whole(a)), "ceil": lambda: np.ceil(whole(a)), "round": lambda: np.rint(whole(a, 2)),
    }.get(tree.op, lambda: getattr(np, tree.op)(a))()  # fmt: skip
    return np.asarray(found, dtype=kind)


@given(trees)
@example(call("sign", call("log", leaf("distance"))))
@settings(max_examples=300)
def test_a_formula_means_what_numpy_computes(tree: Tree) -> None:
    """Wherever two precisions of NumPy agree: elsewhere rounding decides, and nobody is right."""
    if len(tree.text) > LONGEST:
        return
    with np.errstate(all="ignore"):
        double, longer = (reference(tree, kind) for kind in (np.float64, np.longdouble))
        sure = np.isclose(double, longer, rtol=1e-9, atol=1e-12) | (np.isnan(double) & np.isnan(longer))
    names = {name: torch.as_tensor(x).double() for name, x in PLACES.items()}
    ours = over_tensors(parse(tree.text), names).expand(HEADS, N, N).numpy()
    np.testing.assert_allclose(ours[sure], double[sure], rtol=1e-7, atol=1e-9)
    for h, q, k in [(0, 0, 0), (2, 5, 1), (1, 2, 4)]:
        if sure[h, q, k]:
            here = {"distance": q - k, "query": q, "key": k, "head": h, "heads": HEADS, "n_ctx": 64}
            one = at_one(parse(tree.text), {name: float(x) for name, x in here.items()})
            np.testing.assert_allclose(one, double[h, q, k], rtol=1e-7, atol=1e-9)


@given(trees)
def test_a_formula_written_out_again_means_the_same(tree: Tree) -> None:
    if len(tree.text) > LONGEST:
        return
    again = written(parse(tree.text))
    here = {"distance": 3.0, "query": 5.0, "key": 2.0, "head": 1.0, "heads": 3.0, "n_ctx": 64.0}
    first = at_one(parse(tree.text), here)
    if len(again) <= LONGEST:
        np.testing.assert_allclose(at_one(parse(again), here), first, rtol=1e-6, atol=1e-9)
    numbers = written(parse(tree.text), here)
    if len(numbers) <= LONGEST:
        np.testing.assert_allclose(at_one(parse(numbers), here), first, rtol=1e-4, atol=1e-9)
    assert latex(parse(tree.text)).count("{") == latex(parse(tree.text)).count("}")


@pytest.mark.parametrize(
    ("text", "value"),
    [("-2^2", -4), ("2^-1", 0.5), ("2^3^2", 512), ("7 % 3 * 2", 2), ("-7 % 3", 2), ("6 / 3 / 2", 1), ("1 - 2 - 3", -4),
     ("distance −2×3", -3), ("8÷4·3", 6), ("not 0 and 0 or 1", 1), ("1 < 2 == 1", None), ("3 ≤ 3", 1), ("3 ≠ 3", 0),
     ("log(1000) / log(10)", 3), ("floor(log(1000) / log(10))", 3), ("if(distance > 2, 7, 1 / 0)", 7), (".5e1", 5),
     ("min(4, 2, 3)", 2), ("2 ** 3", 8), ("+-+2", -2)],
)  # fmt: skip
def test_precedence_and_spelling(text: str, value: float | None) -> None:
    here = {"distance": 3.0, "query": 5.0, "key": 2.0, "head": 1.0, "heads": 3.0, "n_ctx": 64.0}
    if value is None:
        with pytest.raises(model.ConfigError, match="end of the formula"):
            parse(text)
    else:
        assert at_one(parse(text), here) == pytest.approx(value, rel=1e-12)


# ---- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "empty"), ("  \n", "empty"), ("1 /", r"ends too early: expected a number, a name, a function or \("),
     ("(1 + 2", r"ends too early: expected \)"), ("1 2", "'2' at character 3 is out of place: expected an operator"),
     ("1)", r"'\)' at character 2"), ("foo + 1", "'foo' at character 1 is unknown; there are distance, query"),
     ("1 + sine(2)", "'sine' at character 5 is no function; there are abs"), ("abs", r"write abs\(\.\.\.\)"),
     ("sin(1, 2)", "sin at character 1 takes 1 number, not 2"), ("min(1)", "takes 2 to 8 numbers, not 1"),
     ("x = 3", "To compare, write =="), ("|distance|", r"write abs"), ("1e999", "too large"), ("٣", "means nothing"),
     ("\x00", "U\\+0000 at character 1"), ("distance;1", "';' at character 9"), ("()", "character 2"),
     ("__import__('os').system('true')", "character 12"), ("distance.__class__", "character 9"),
     ("__builtins__", "unknown"), ("lambda: 1", "'lambda' at character 1 is unknown|character 7"),
     ("[1]", "character 1"), ("{}", "character 1"), ("'a'", "character 1"), ("1 if 2 else 3", "character 3")],
)  # fmt: skip
def test_a_bad_formula_is_refused_where_it_is_bad(text: str, words: str) -> None:
    with pytest.raises(model.ConfigError, match=words):
        parse(text)
    with pytest.raises(model.ConfigError):
        network("drawn", drawn_formula=text)


@pytest.mark.parametrize(
    "text",
    ["(" * 499, "-" * 400 + "1", "2^" * 249 + "2", "not " * 120 + "1", "abs(" * 90 + "1" + ")" * 90, "1" * 10**6,
     "(" * 10**6, "\U0001f600" * 400, "9^9^9^9^9^9^" * 30, "a" * 500, "min(" + "1," * 240 + "1)"],
)  # fmt: skip
def test_hostile_formulas_end_quickly(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(model.ConfigError) as error:
        parse(text)
    assert time.perf_counter() - start < 2
    assert len(str(error.value)) < 400


def test_the_longest_chains_are_read() -> None:
    assert at_one(parse("1+" * 249 + "1"), {}) == 250
    assert at_one(parse("-" * 39 + "1"), {}) == -1


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_refused_in_words(text: str) -> None:
    said = ""
    try:
        said = latex(parse(text))
    except model.ConfigError as error:
        said = str(error)
    assert 0 < len(said) < 1000
