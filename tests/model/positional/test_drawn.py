"""Biases that somebody types or draws, in a network: cells without a number, explanations, tables past their edge."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import model
from model.positional.alibi import slopes
from model.positional.drawn import MOST, MOST_CELLS, table_of
from model.positional.properties import measure
from tests.model.positional.build import ATTN, ids, network
from tests.model.recombine import check_cell

BIAS = f"{ATTN}bias"
N, HEADS = 6, 3


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
