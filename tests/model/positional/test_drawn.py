"""Biases that somebody types or draws: the language beside NumPy, what is refused, tables past their edge."""

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
from model.positional.alibi import slopes
from model.positional.drawn import MOST, MOST_CELLS, table_of
from model.positional.drawn_language import LONGEST, NAMES, at_one, over_tensors, parse
from model.positional.drawn_text import latex, written
from model.positional.properties import measure
from tests.model.positional.build import ATTN, ids, network
from tests.model.recombine import check_cell

BIAS = f"{ATTN}bias"
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


@pytest.mark.parametrize(
    ("formula", "words"),
    [("1 / distance", "infinite at head 0, query 0, key 0"), ("log(-1 - distance)", r"no number \(nan\) at head 0"),
     ("9^9^9^9", "infinite at head 0, query 0, key 0"), ("exp(1000 * (query - 2))", "infinite at head 0, query 3"),
     ("where(head == 1 and key == 2, -1e9, 0)", r"−1e\+09 at head 1, query 2, key 2; a bias runs from −10,000"),
     ("query / 0 * 0", r"nan"), ("-1 / (key == 3)", "infinite at head 0, query 0, key 0")],
)  # fmt: skip
def test_the_first_cell_without_a_number_is_named(formula: str, words: str) -> None:
    net = network("drawn", drawn_formula=formula)
    with pytest.raises(model.InputError, match=words):
        net.trace(ids=ids(N))


def test_what_the_mask_hides_needs_no_number() -> None:
    """log(distance + 1) has none for keys ahead: 0 stands there, and nobody looks."""
    trace = network("drawn", drawn_formula="-log(distance + 1)").trace(ids=ids(N))
    bias = trace[BIAS]
    assert bias[0, 4, 1].item() == pytest.approx(-math.log(4))
    assert (bias[:, 0, 1:] == 0).all()
    assert trace.explain(BIAS, (0, 1, 4)).recomputed == 0
    assert "hides" in trace.explain(BIAS, (0, 1, 4)).terms[0].label
    with pytest.raises(model.InputError, match="infinite at head 0"):
        network("drawn", "encoder", drawn_formula="-log(distance + 1)").trace(ids=ids(N))


# ---- in a network -------------------------------------------------------------------------------------------


def test_it_opens_as_alibi() -> None:
    ours, theirs = (network(p, n_heads=4, d_model=16).trace(ids=ids(N)) for p in ("drawn", "alibi"))
    torch.testing.assert_close(ours[BIAS], theirs[BIAS])
    torch.testing.assert_close(ours[BIAS][:, 5, 0], -5.0 * torch.tensor(slopes(4), dtype=torch.float64))
    torch.testing.assert_close(ours["logits"], theirs["logits"])


FORMULAS = (
    "-abs(distance) * 2^(-8 * (head + 1) / heads)", "where(abs(distance) <= 2, 0, -10000)", "sin(distance) - cos(key)",
    "-(head + 1) * log(1 + abs(distance)) / 3", "1e17 + distance - 1e17", "exp(-distance ^ 2) % 0.3", "query / n_ctx",
    "-(1 - distance / heads)", "1 / (query + 1) / (key + 1)", "2", "-(query - key) / 2 * (head - 3)",
    "distance > 2 and key != 1", "not head", "min(query, 3, key) - max(head, 1)", "floor(log2(abs(distance) + 1))",
)  # fmt: skip


@pytest.mark.parametrize("architecture", ["decoder", "encoder"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_every_cell_of_a_formula_is_explained(formula: str, architecture: str) -> None:
    trace = network("drawn", architecture, drawn_formula=formula).trace(ids=ids(N))
    for head in range(2):
        for query in range(N):
            for key in range(N):
                ex = check_cell(trace, BIAS, (head, query, key), torch.float64)
                assert all(t.value == t.value for t in ex.terms)


def test_terms_say_the_formula_with_its_numbers() -> None:
    net = network("drawn", drawn_formula="-abs(distance) / 2 + 3 * head")
    ex = net.trace(ids=ids(N)).explain(BIAS, (1, 5, 1))
    assert [(t.label, t.value) for t in ex.terms] == [
        ("-abs(distance) / 2 = -abs(4) / 2", -2.0), ("3 * head = 3 * 1", 3.0),
    ]  # fmt: skip
    assert ex.value == 1
    assert r"b_{h,q,k} = \frac{-\left|d\right|}{2} + 3 \cdot h" in ex.formula


TABLES: dict[str, Any] = {
    "by distance, one head": [[0.0, -1.0, 2.5]],
    "by distance": [[0.0, -1.0], [3.0, 4.0]],
    "one head": [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]],
    "each head": [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]],
    "larger than the input": np.arange(2 * 9 * 9).reshape(2, 9, 9).tolist(),
}


@pytest.mark.parametrize("name", list(TABLES))
def test_a_table_is_what_is_added(name: str) -> None:
    table = np.array(TABLES[name])
    net = network("drawn", "encoder", drawn_table=TABLES[name])
    trace = net.trace(ids=ids(N))
    for head in range(2):
        for query in range(N):
            for key in range(N):
                row = table[min(head, len(table) - 1)]
                far, last = abs(query - key), table.shape[-1] - 1
                wanted = row[min(far, last)] if row.ndim == 1 else row[min(query, len(row) - 1), min(key, last)]
                assert check_cell(trace, BIAS, (head, query, key), torch.float64).value == wanted
    assert net.weights.axes("positional.drawn_table")[0] == "head" if "positional.drawn_table" in net.weights else True


@pytest.mark.parametrize(
    ("table", "words"),
    [([[1.0, math.nan]], r"no number \(nan\) at head 0, distance 1"), ([[[0.0], [-math.inf]]], "query 1, key 0"),
     ([[1e9]], r"1e\+09 at head 0"), ([1.0, 2.0], "drawn_table is 2;"), ([], "0;"), (3.0, "a single number"),
     ([[1.0], [2.0, 3.0]], "equal length"), ("text", "rows of equal length"), ([[[[1.0]]]], "1 × 1 × 1 × 1"),
     ([[0.0] * 3] * 3, "3 heads, the network 2"), ([[0.0] * (MOST_CELLS + 1)], "65,537 numbers; at most 65,536")],
)  # fmt: skip
def test_a_bad_table_is_refused_in_words(table: Any, words: str) -> None:
    with pytest.raises(model.ConfigError, match=words):
        network("drawn", drawn_table=table)


@given(st.lists(st.lists(st.floats(-MOST, MOST), min_size=3, max_size=3), min_size=2, max_size=2))
def test_a_table_keeps_its_numbers(rows: list[list[float]]) -> None:
    assert table_of(rows).tolist() == rows
    config = network("drawn", drawn_table=rows).config
    assert model.TransformerConfig.from_dict(config.to_dict()) == config
    assert hash(config)


def test_a_saved_trace_explains_itself_with_its_model(tmp_path: Any) -> None:
    config = model.TransformerConfig(
        positional="drawn", n_heads=2, d_model=8, d_vocab=9, options={"drawn_table": [[0.0, -1.0], [2.0, 1.0]]}
    )
    m = model.Model(model.Transformer(config))
    trace = m.trace(ids=ids(N))
    trace.save(tmp_path / "x.safetensors")
    again = model.Trace.load(tmp_path / "x.safetensors", model=m)
    assert torch.equal(again[BIAS], trace[BIAS])
    assert again.explain(BIAS, (1, 3, 2)).terms == trace.explain(BIAS, (1, 3, 2)).terms


def test_properties_are_those_of_the_formula() -> None:
    window = measure("drawn", {"drawn_formula": "where(distance > 3, -10000, 0)"})
    assert max(window.shift.values()) < 1e-9
    assert window.reversed > 1e-9
    places = measure("drawn", {"drawn_formula": "sin(key)"})
    assert min(places.shift.values()) > 1e-9
    assert places.past is None
    short = measure("drawn", {"drawn_formula": "where(n_ctx < 100, sqrt(40 - query), 0)"})
    assert short.past is not None
    assert "query 41" in short.past
