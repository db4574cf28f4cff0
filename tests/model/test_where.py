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
    options = {"window": 70} if mask == "sliding_window" else {}
    config = model.StackConfig(n_layers=1, n_heads=1, d_model=8, d_vocab=5, n_ctx=400, mask=mask, options=options)
    keys = past + queries
    real = (torch.arange(keys) >= padding).long() if padding else None
    here = where(find("masks", mask)(config), queries, keys, torch.device("cpu"), real, past)
    scores = torch.randn(3, queries, keys)
    assert here.hidden is not None
    assert torch.equal(here.hide_(scores.clone()), scores.masked_fill(here.hidden, -math.inf))
