"""Hiding whole strips is hiding cell by cell."""

from __future__ import annotations

import math

import pytest
import torch

import model
from model.registry import find
from model.where import where


@pytest.mark.parametrize("mask", ["causal", "sliding_window"])
@pytest.mark.parametrize(
    ("queries", "past", "padding"), [(1, 0, 0), (1, 199, 0), (130, 0, 70), (300, 0, 0), (70, 120, 0)]
)
def test_strips(mask: str, queries: int, past: int, padding: int) -> None:
    options = (("window", 70),) if mask == "sliding_window" else ()
    config = model.StackConfig(n_layers=1, n_heads=1, d_model=8, d_vocab=5, n_ctx=400, mask=mask, options=options)
    keys = past + queries
    real = (torch.arange(keys) >= padding).long() if padding else None
    here = where(find("masks", mask)(config), queries, keys, torch.device("cpu"), real, past)
    scores = torch.randn(3, queries, keys)
    assert here.hidden is not None
    assert torch.equal(here.hide_(scores.clone()), scores.masked_fill(here.hidden, -math.inf))


def test_a_long_input_attends_as_it_says() -> None:
    """z is the pattern times the values, hidden keys left out or not; an edited pattern may read hidden keys."""
    config = model.TransformerConfig(n_layers=1, n_heads=4, n_kv_heads=2, d_model=16, d_vocab=9, n_ctx=300)
    network = model.Transformer(config)
    ids = [i % 9 for i in range(300)]
    seen = model.Edit("blocks.0.attn.pattern", "set", 0.5, query=3, key=299)
    for edits in ((), (seen,)):
        trace = network.trace(ids=ids, edits=edits)
        values = trace["blocks.0.attn.v"].repeat_interleave(2, dim=1)
        z = torch.einsum("hqk,khe->qhe", trace["blocks.0.attn.pattern"], values)
        torch.testing.assert_close(trace["blocks.0.attn.z"], z, rtol=1e-4, atol=1e-5)
