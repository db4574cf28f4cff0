"""ALiBi, KERPLE and FIRE: numbers added to scores that depend on positions alone."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.positional.alibi import slopes
from model.positional.kerple import LEAST
from tests.model.positional.build import ATTN, ids, network, put, same_weights

N = 8
DISTANCE = (torch.arange(N)[:, None] - torch.arange(N)[None, :]).abs().double()


@pytest.mark.parametrize("heads", [1, 2, 3, 6, 8, 12, 20])
def test_alibi_is_blooms(heads: int) -> None:
    """BLOOM adds slope · key; under a softmax that differs from -slope · distance by a number a row."""
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor

    theirs = build_alibi_tensor(torch.ones(1, N), heads, torch.float64).view(heads, 1, N)
    ours = network("alibi", n_heads=heads, d_model=12).trace(ids=ids(N))[f"{ATTN}bias"]
    causal = torch.ones(N, N, dtype=torch.bool).tril()
    rows = [x.masked_fill(~causal, -math.inf).softmax(-1) for x in (theirs.expand(heads, N, N), ours)]
    torch.testing.assert_close(*rows, rtol=1e-6, atol=1e-7)


@given(st.integers(1, 200))
def test_alibi_has_a_slope_for_any_number_of_heads(heads: int) -> None:
    found = slopes(heads)
    assert len(found) == len(set(found)) == heads
    assert all(0 < m < 1 for m in found)


def test_kerple_power_one_is_alibi() -> None:
    net, alibi = (
        network(p, n_heads=6, n_ctx=8, **w) for p, w in (("kerple", {"kerple_kernel": "power"}), ("alibi", {}))
    )
    put(net, "r1", slopes(6))  # two of them below the least that KERPLE allows
    put(net, "r2", 1.0)
    ours, theirs = (m.trace(ids=ids(N))[f"{ATTN}bias"] for m in (net, alibi))
    fits = torch.tensor(slopes(6)) >= LEAST
    assert 0 < fits.sum() < 6
    torch.testing.assert_close(ours[fits], theirs[fits])


def test_kerple_log_multiplies_attention() -> None:
    """e^bias = (1 + r2 distance)^-r1, times what attention would be without."""
    net, plain = network("kerple"), network("none")
    r1, r2 = torch.tensor([0.7, 2.5]), torch.tensor([0.2, 1.5])
    put(net, "r1", r1)
    put(net, "r2", r2)
    same_weights(plain, net)
    before = plain.trace(ids=ids(N))[f"{ATTN}attn_scores"].exp()
    before = before * (1 + r2.double()[:, None, None] * DISTANCE) ** -r1.double()[:, None, None]
    pattern = net.trace(ids=ids(N))[f"{ATTN}pattern"]
    torch.testing.assert_close(pattern, before / before.sum(-1, keepdim=True), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kernel", ["log", "power"])
def test_kerple_is_conditionally_positive_definite(kernel: str) -> None:
    generator = torch.Generator().manual_seed(0)
    bias = network("kerple", "encoder", kerple_kernel=kernel).trace(ids=ids(N))[f"{ATTN}bias"]
    for _ in range(200):
        c = torch.randn(N, generator=generator, dtype=torch.float64)
        c -= c.mean()
        assert (torch.einsum("i,hij,j->h", c, bias, c) >= -1e-12).all()


@pytest.mark.parametrize(("kernel", "first", "second"), [("log", 2, 1), ("power", 1, 2)])
def test_kerple_starts_as_its_authors_do_and_stays_above_zero(kernel: str, first: int, second: int) -> None:
    net = network("kerple", kerple_kernel=kernel, n_layers=8)
    for local, most in (("r1", first), ("r2", second)):
        drawn = torch.cat([p for n, p in net.named_parameters() if n.endswith(local)])
        assert ((drawn >= 0) & (drawn < most)).all()
        assert drawn.max() > 0.6 * most
    put(net, "r1", -3.0)
    bias = net.trace(ids=ids(N))[f"{ATTN}bias"]
    assert (bias <= 0).all()
    assert (bias[:, 7, 0] < bias[:, 7, 6]).all()
    out = net(torch.tensor(ids(N)))
    out.square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for n, p in net.named_parameters() if n.endswith("r1"))


def share(n: int, **words: Any) -> torch.Tensor:
    net = network("fire", n_ctx=max(n, 2), **words)
    put(net, "c", 0.1)
    put(net, "L_times", 1.0)
    return net.trace(ids=[0] * n)[f"{ATTN}distance_share"]


@given(n=st.integers(1, 40), length=st.integers(1, 60))
def test_fire_sees_shares(n: int, length: int) -> None:
    x = share(n, fire_length=float(length))
    back = x.tril()
    assert (back >= 0).all()
    assert (back <= 1).all()
    for i in range(length, n):
        assert back[i, 0].item() == pytest.approx(1, abs=1e-4)  # all but epsilon
    for i in range(1, min(n, length + 1)):  # up to L it is the distance that counts
        torch.testing.assert_close(back[i, 1 : i + 1], back[i - 1, :i])
    if n > length + 2:  # past L it is not
        assert back[n - 1, n - 3] < back[length, length - 2] if length >= 2 else True


def test_fire_with_a_small_c_is_linear() -> None:
    net = network("fire", fire_length=3.0)
    put(net, "c", 1e-3)
    put(net, "L_times", -1.0)  # its size counts
    x = net.trace(ids=ids(N))[f"{ATTN}distance_share"]
    expected = DISTANCE / torch.maximum(torch.arange(N), torch.tensor(3))[:, None]
    torch.testing.assert_close(x.tril(), expected.tril(), rtol=5e-3, atol=1e-3)


def test_fire_is_its_papers_network() -> None:
    net = network("fire", "encoder", fire_length=4.0)
    trace, w = net.trace(ids=ids(N)), net.weights
    p = f"{ATTN}position."
    hidden = torch.relu(trace[f"{ATTN}distance_share"][..., None] * w[f"{p}W_fire_in"] + w[f"{p}b_fire_in"])
    assert hidden.shape[-1] == 32
    expected = (hidden @ w[f"{p}W_fire_out"] + w[f"{p}b_fire_out"]).permute(2, 0, 1)
    torch.testing.assert_close(trace[f"{ATTN}bias"], expected)


def test_fire_starts_near_the_papers_numbers() -> None:
    w = network("fire").weights
    assert w[f"{ATTN}position.c"].item() == pytest.approx(0.1, rel=0.5)
    assert w[f"{ATTN}position.L_times"].item() == pytest.approx(1, rel=0.5)
