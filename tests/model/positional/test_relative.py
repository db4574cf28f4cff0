"""Shaw and Transformer-XL: vectors and projections of distances."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.model.positional.build import ATTN, ids, network, put, same_weights


def test_shaw_without_vectors_is_plain_attention() -> None:
    net, plain = network("shaw"), network("none")
    put(net, "W_rel_K", 0.0)
    put(net, "W_rel_V", 0.0)
    same_weights(plain, net)
    torch.testing.assert_close(net.trace(ids=ids(7))["logits"], plain.trace(ids=ids(7))["logits"])


@given(n=st.integers(1, 9), clip=st.integers(1, 6), heads=st.sampled_from([(1, 1), (4, 2), (3, 1)]))
@pytest.mark.parametrize("architecture", ["decoder", "encoder"])
def test_shaw_equals_the_explicit_tensors(architecture: str, n: int, clip: int, heads: tuple[int, int]) -> None:
    """Equations 3 and 4 as written, with a vector for every pair of positions."""
    sizes = {"n_heads": heads[0], "n_kv_heads": heads[1]}
    net = network("shaw", architecture, shaw_clip=clip, **sizes)
    trace, w = net.trace(ids=ids(n)), net.weights
    rows = torch.tensor([[max(-clip, min(clip, j - i)) + clip for j in range(n)] for i in range(n)])
    a_k, a_v = w[f"{ATTN}position.W_rel_K"][rows], w[f"{ATTN}position.W_rel_V"][rows]
    q, group = trace[f"{ATTN}q"], heads[0] // heads[1]
    k, v = (trace[f"{ATTN}{x}"].repeat_interleave(group, 1) for x in "kv")
    e = torch.einsum("ihd,ijhd->hij", q, k[None] + a_k[:, :, None]) / 2
    seen = trace[f"{ATTN}attn_scores"].isfinite()
    torch.testing.assert_close(trace[f"{ATTN}attn_scores"][seen], e[seen])
    z = torch.einsum("hij,ijhd->ihd", trace[f"{ATTN}pattern"], v[None] + a_v[:, :, None])
    torch.testing.assert_close(trace[f"{ATTN}z"], z)
    assert torch.equal(rows[1:, 1:], rows[:-1, :-1])  # Toeplitz


def test_shaw_clips() -> None:
    """A query that is the same everywhere meets the same vector at every distance past the clip."""
    net = network("shaw", shaw_clip=2, attn_bias=False)
    bias = net.trace(ids=[4] * 8)[f"{ATTN}bias"]
    torch.testing.assert_close(bias[:, 7, 0], bias[:, 7, 5])
    assert not torch.allclose(bias[:, 7, 5], bias[:, 7, 6])


def four_terms(net: object, trace: object, n: int) -> torch.Tensor:
    """Section 3.3 of 1901.02860, pair by pair. Sinusoids: sines first."""
    w, d = net.weights, 8  # type: ignore[attr-defined]
    q, k = trace[f"{ATTN}q"], trace[f"{ATTN}k"]  # type: ignore[index]
    f = 10000.0 ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    out = torch.empty(2, n, n, dtype=torch.float64)
    for i in range(n):
        for j in range(n):
            r = torch.cat((((i - j) * f).sin(), ((i - j) * f).cos()))
            for h in range(2):
                key = r @ w[f"{ATTN}position.W_R"][h]
                met = q[i, h] @ k[j, h] + q[i, h] @ key + w["pos_u"][h] @ k[j, h] + w["pos_v"][h] @ key
                out[h, i, j] = met / 2
    return out


@pytest.mark.parametrize("architecture", ["decoder", "encoder"])
def test_transformer_xl_has_four_terms(architecture: str) -> None:
    net = network("transformer_xl", architecture)
    trace = net.trace(ids=ids(6))
    scores = trace[f"{ATTN}attn_scores"]
    seen = scores.isfinite()
    assert bool(seen.all()) == (architecture == "encoder")
    torch.testing.assert_close(scores[seen], four_terms(net, trace, 6)[seen])


def shift(x: torch.Tensor) -> torch.Tensor:
    """The paper's trick on [query, distance], furthest first: a column of zeros, reshaped, the first row dropped."""
    n = x.shape[0]
    return torch.cat((x.new_zeros(n, 1), x), dim=1).view(n + 1, n)[1:]


def test_the_shift_trick_is_our_gather_where_it_is_valid() -> None:
    n = 7
    trace = network("transformer_xl").trace(ids=ids(n))
    q, rel_k = trace[f"{ATTN}q"], trace[f"{ATTN}rel_k"]
    assert rel_k.shape[0] == n  # a causal mask: distances n - 1 .. 0
    for h in range(2):
        trick = shift(q[:, h] @ rel_k[:, h].T / 2)
        ours = trace[f"{ATTN}query_distance"][h]
        torch.testing.assert_close(trick.tril(), ours.tril(), rtol=0, atol=1e-14)


def test_transformer_xl_without_its_weights_is_plain_attention() -> None:
    net, plain = network("transformer_xl"), network("none")
    for local in ("W_R", "pos_u"):
        put(net, local, 0.0)
    same_weights(plain, net)
    torch.testing.assert_close(net.trace(ids=ids(7))["logits"], plain.trace(ids=ids(7))["logits"])


@pytest.mark.parametrize(("n_layers", "window"), [(1, 3), (2, 3), (3, 3), (2, 5)])
def test_effective_context_of_transformer_xl_grows_with_every_layer(n_layers: int, window: int) -> None:
    """Each layer hands on what it saw, one window further back: layers times the tokens before each query."""
    n = 16
    net = network("transformer_xl", n_layers=n_layers, mask="sliding_window", window=window)
    with torch.no_grad():
        here = net(torch.tensor([ids(n)]))[0, -1]
        moved = []
        for back in range(n):
            other = ids(n)
            other[n - 1 - back] = (other[n - 1 - back] + 1) % 9
            moved.append(not torch.equal(net(torch.tensor([other]))[0, -1], here))
    assert moved == [back <= n_layers * (window - 1) for back in range(n)]
