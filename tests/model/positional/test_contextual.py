"""CoPE: positions that count what the gates let through."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import model
from tests.model.positional.build import ATTN, ids, network, put, same_weights


def opened(net: model.Transformer, n: int, score: float, **words: object) -> model.Trace:
    """A trace whose gates are all forced: every product of query and key is `score`."""
    return net.trace(ids=ids(n), edits=[model.Edit(f"{ATTN}qk", "set", score)], **words)  # type: ignore[arg-type]


def test_open_gates_count_every_token() -> None:
    counted = opened(network("cope"), 5, 100.0)[f"{ATTN}counted"]
    expected = torch.tensor([[i - j + 1 if j <= i else 1 for j in range(5)] for i in range(5)], dtype=torch.float64)
    for i in range(5):
        torch.testing.assert_close(counted[0, i, : i + 1], expected[i, : i + 1])


def test_closed_gates_tell_nothing() -> None:
    """Every position is 0, so all keys get the same: no positions at all."""
    net, plain = network("cope"), network("none")
    same_weights(plain, net)
    closed = opened(net, 6, -100.0)
    assert closed[f"{ATTN}counted"].max() < 1e-40
    torch.testing.assert_close(closed["logits"], opened(plain, 6, -100.0)["logits"])


def test_a_whole_position_reads_one_row() -> None:
    net = network("cope")
    trace = opened(net, 5, 100.0)
    e, q = net.weights[f"{ATTN}position.W_count"], trace[f"{ATTN}q"]
    for j in range(5):
        torch.testing.assert_close(trace[f"{ATTN}bias"][:, 4, j], q[4] @ e[5 - j] / 2)
    rows = {s[1][0] for t in trace.explain(f"{ATTN}bias", (0, 4, 1)).terms for s in t.sources if "W_count" in s[0]}
    assert rows == {4}


@given(n=st.integers(1, 8), most=st.integers(1, 9), heads=st.sampled_from([(2, 2), (4, 2)]), scaled=st.booleans())
def test_cope_is_its_authors_listing(n: int, most: int, heads: tuple[int, int], scaled: bool) -> None:
    net = network("cope", cope_most=most, cope_scaled=scaled, n_heads=heads[0], n_kv_heads=heads[1])
    trace = net.trace(ids=ids(n))
    q, scale = trace[f"{ATTN}q"].transpose(0, 1), 0.5 if scaled else 1.0
    logits = trace[f"{ATTN}qk"].masked_fill(~torch.ones(n, n, dtype=torch.bool).tril(), float("-inf"))
    positions = logits.sigmoid().flip(-1).cumsum(-1).flip(-1).clamp(max=most)
    every = q @ net.weights[f"{ATTN}position.W_count"].T * scale
    low, high = (every.gather(-1, x.long()) for x in (positions.floor(), positions.ceil()))
    part = positions - positions.floor()
    seen = logits.isfinite()
    torch.testing.assert_close(trace[f"{ATTN}bias"][seen], (high * part + low * (1 - part))[seen])


def test_hidden_keys_count_nothing() -> None:
    trace = network("cope").trace(ids=ids(6), mask=[1, 0, 1, 1, 1, 1])
    gates = trace[f"{ATTN}gates"]
    assert not gates[..., 1].any()
    assert not gates.triu(1).any()
    ex = trace.explain(f"{ATTN}gates", (0, 4, 1))
    assert (ex.op, ex.value, ex.terms[0].sources) == ("mask", 0.0, (("mask", (1,), 0),))


def test_an_edit_may_set_positions_to_anything() -> None:
    net = network("cope", cope_most=3)
    for number in (1e30, -5.0, float("inf"), 2.5):
        trace = net.trace(ids=ids(4), edits=[model.Edit(f"{ATTN}counted", "set", number)])
        ex = trace.explain(f"{ATTN}bias", (1, 3, 2))
        assert ex.recomputed == pytest.approx(ex.value, rel=1e-9)


def test_gates_learn() -> None:
    net = network("cope")
    put(net, "b_Q", 0.3)
    net(torch.tensor(ids(6))).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())
