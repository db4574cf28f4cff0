"""Weights are views that nobody can write through: many people share one model."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import model


def test_weights_are_read_only() -> None:
    m = model.Transformer(model.TransformerConfig(n_layers=1, n_heads=4, d_model=24, d_vocab=9))
    w, before = m.weights["blocks.0.attn.W_Q"], m.weights["blocks.0.attn.W_Q"].clone()
    assert w.shape == (4, 24, 6)
    writes: list[Any] = [
        lambda: w.zero_(), lambda: w.__setitem__(0, 1.0), lambda: w[0].fill_(1), lambda: w.data.zero_(),
        lambda: w.detach().zero_(), lambda: w.unbind(0)[0].zero_(), lambda: next(iter(w)).zero_(),
        lambda: w.chunk(2)[0].add_(1), lambda: torch.add(before, 1, out=w), lambda: w.__iadd__(1), lambda: w.mT.mul_(2),
    ]  # fmt: skip
    for write in writes:
        with pytest.raises(RuntimeError, match="read-only"):
            write()
    with pytest.raises(ValueError, match="read-only"):
        w.numpy()[0] = 1
    assert torch.equal(m.weights["blocks.0.attn.W_Q"], before)
    assert type(w + 1) is torch.Tensor
    (w.clone() * 2).zero_()  # a copy is free
    with pytest.raises(model.TraceError, match="no weight"):
        m.weights["nothing"]
