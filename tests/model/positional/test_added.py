"""Vectors added to the embedding, and none at all: what attention makes of them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import model
from tests.model.positional.build import ATTN, ids, network, put, same_weights


def test_without_positions_order_is_lost_and_a_mask_brings_it_back() -> None:
    order = [3, 0, 4, 1, 2]
    for architecture, blind in (("encoder", True), ("decoder", False)):
        net = network("none", architecture)
        there = net.trace(ids=[1, 2, 3, 4, 5])["logits"]
        back = net.trace(ids=[i + 1 for i in order])["logits"]
        assert torch.allclose(back, there[order], rtol=0, atol=1e-12) == blind


def test_a_head_that_looks_everywhere_can_count() -> None:
    """Under a causal mask an even look at all keys gives the first one 1/(t+1)."""
    net = network("none")
    put(net, "W_Q", 0.0)
    put(net, "b_Q", 0.0)
    pattern = net.trace(ids=ids(6))[f"{ATTN}pattern"]
    torch.testing.assert_close(pattern[0, :, 0], 1 / torch.arange(1, 7, dtype=torch.float64))


@given(k=st.integers(0, 400), shift=st.integers(0, 100))
def test_sinusoids_turn(k: int, shift: int) -> None:
    """The vector `shift` later is the same vector with every pair turned by an angle that depends on `shift` alone."""
    table = network("sinusoidal", n_ctx=512).trace(ids=[0] * 512)["pos_embed"]
    angle = shift * 10000.0 ** (-torch.arange(0, 8, 2, dtype=torch.float64) / 8)
    sine, cosine = table[k, ::2], table[k, 1::2]
    torch.testing.assert_close(table[k + shift, ::2], sine * angle.cos() + cosine * angle.sin())
    torch.testing.assert_close(table[k + shift, 1::2], cosine * angle.cos() - sine * angle.sin())


def test_the_four_terms_of_a_score() -> None:
    """Content and position of the query with content and position of the key (no norm in between)."""
    net = network("learned", norm="none", attn_bias=False)
    trace, w = net.trace(ids=ids(6)), net.weights
    e, p = trace["embed"], trace["pos_embed"]
    total = torch.zeros(2, 6, 6, dtype=torch.float64)
    for a in (e, p):
        for b in (e, p):
            total += (a @ w[f"{ATTN}W_Q"]) @ (b @ w[f"{ATTN}W_K"]).transpose(-2, -1) / 2
    torch.testing.assert_close(trace[f"{ATTN}qk"], total)


def test_positions_never_visited_learn_nothing() -> None:
    net = network("learned", n_ctx=10)
    net(torch.tensor([ids(6)])).square().sum().backward()
    (table,) = (p for n, p in net.named_parameters() if n.endswith("W_pos"))
    assert table.grad is not None
    assert (table.grad.abs().sum(-1) > 0).tolist() == [True] * 6 + [False] * 4


@pytest.mark.parametrize("activation", ["gelu", "sigmoid", "relu"])
def test_the_learnable_sinusoid_is_its_formula(activation: str) -> None:
    net = network("learnable_sinusoid", pos_activation=activation, pos_hidden=6)
    trace, w = net.trace(ids=ids(5)), net.weights
    act: Any = {"gelu": torch.nn.functional.gelu, "sigmoid": torch.sigmoid, "relu": torch.relu}[activation]
    waves = network("sinusoidal").trace(ids=ids(5))["pos_embed"]
    expected = act(waves @ w["W_pos_in"] + w["b_pos_in"]) @ w["W_pos_out"] + w["b_pos_out"]
    torch.testing.assert_close(trace["pos_embed"], expected)
    torch.testing.assert_close(trace["embed_sum"], trace["embed"] + expected)


def test_the_learnable_sinusoid_at_its_edges() -> None:
    blind = network("learnable_sinusoid", "encoder")
    put(blind, "W_pos_out", 0.0)  # all positions alike: the encoder follows its tokens wherever they go
    there, back = blind.trace(ids=[1, 2, 3, 4])["logits"], blind.trace(ids=[4, 3, 2, 1])["logits"]
    torch.testing.assert_close(there, back.flip(0))
    start, plain = network("learnable_sinusoid", pos_residual=True), network("sinusoidal")
    put(start, "W_pos_out", 0.0)
    put(start, "b_pos_out", 0.0)
    same_weights(plain, start)
    torch.testing.assert_close(start.trace(ids=ids(5))["logits"], plain.trace(ids=ids(5))["logits"])


@given(columns=st.integers(1, 9), n=st.integers(1, 40), width=st.sampled_from([4, 6, 8]))
def test_a_grid_has_a_part_for_rows_and_one_for_columns(columns: int, n: int, width: int) -> None:
    words: dict[str, Any] = {"d_model": width, "d_head": 2, "grid_columns": columns}
    table = network("sinusoidal_2d", **words).trace(ids=[0] * n)["pos_embed"]
    half = width - 2 * (width // 4)
    row, column = torch.arange(n) // columns, torch.arange(n) % columns
    for place, part in ((row, table[:, :half]), (column, table[:, half:])):
        plain = network("sinusoidal", d_model=part.shape[1], d_head=2).trace(ids=[0] * n)["pos_embed"]
        torch.testing.assert_close(part, plain[place])


def test_tokens_before_the_grid_have_no_place() -> None:
    table = network("sinusoidal_2d", grid_columns=3, grid_first=1).trace(ids=ids(5))["pos_embed"]
    assert not table[0].any()
    assert torch.equal(table[1:], network("sinusoidal_2d", grid_columns=3).trace(ids=ids(4))["pos_embed"])


def test_odd_widths_are_refused_in_words() -> None:
    for name in ("sinusoidal", "sinusoidal_2d", "learnable_sinusoid", "transformer_xl"):
        with pytest.raises(model.ConfigError, match="odd"):
            network(name, d_model=7, d_head=4, norm="none")
