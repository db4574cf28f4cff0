"""A long input is attended to a few queries at a time: the same numbers as all at once."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import model

SIZES: dict[str, Any] = {"n_layers": 2, "n_heads": 4, "d_model": 32, "d_vocab": 9, "n_ctx": 300}
IDS = [i * 7 % 9 for i in range(300)]
KINDS: dict[str, dict[str, Any]] = {
    "causal": {"positional": "rotary"},
    "grouped, soft-capped": {"n_kv_heads": 2, "attn_softcap": 2.0},
    "window": {"mask": "sliding_window", "options": (("window", 70),)},
    "encoder, padded": {"architecture": "encoder", "mask": "bidirectional"},
    "padded on the left": {"positional": "sinusoidal"},
}


def words(kind: str) -> dict[str, Any]:
    padding = {"encoder, padded": [1] * 200 + [0] * 100, "padded on the left": [0] * 70 + [1] * 230}
    return {"ids": IDS, "mask": padding[kind]} if kind in padding else {"ids": IDS}


def network(kind: str) -> model.Transformer:
    return model.Transformer(model.TransformerConfig(**SIZES | KINDS[kind]))


def close(a: Tensor, b: Tensor, name: str) -> None:
    torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5, msg=lambda m: f"{name}: {m}")


@pytest.mark.parametrize("kind", KINDS)
def test_strips_are_the_whole(kind: str) -> None:
    """An edit of the scores takes all of them at once; one that changes nothing must give the same numbers."""
    net = network(kind)
    none = [model.Edit(f"blocks.{i}.attn.qk", "scale", 1.0) for i in range(2)]
    strips, whole = net.trace(**words(kind)), net.trace(**words(kind), edits=none)
    assert not whole.changed
    for name in strips.names:
        close(strips[name], whole[name], name)


@pytest.mark.parametrize("kind", KINDS)
def test_derived_equals_kept(kind: str) -> None:
    net = network(kind)
    kept, derived = net.trace(**words(kind), keep_bytes=1 << 30), net.trace(**words(kind), keep_bytes=0)
    assert kept.kept == set(kept.names)
    for name in kept.names:
        assert torch.equal(kept[name], derived[name]), name


@pytest.mark.parametrize("keep_bytes", [0, 1 << 30])
@pytest.mark.parametrize("local", ["qk", "attn_scores", "pattern", "z", "result"])
def test_an_edit_reaches_what_reads_it(local: str, keep_bytes: int) -> None:
    net, p = network("causal"), "blocks.0."
    at = {"position": 290} if local in ("z", "result") else {"query": 290}
    plain = net.trace(ids=IDS)
    edited = net.trace(ids=IDS, edits=[model.Edit(f"{p}attn.{local}", "zero", head=1, **at)], keep_bytes=keep_bytes)
    assert f"{p}attn.{local}" in edited.changed
    v = plain[f"{p}attn.v"]
    result = plain[f"{p}attn.result"].clone()
    weights = {"qk": torch.full((291,), 1 / 291), "attn_scores": torch.full((300,), 1 / 300)}.get(local, torch.zeros(1))
    mixed = weights @ v[: len(weights), 1]  # equal scores weigh all keys alike, where they are seen
    result[290, 1] = mixed @ net.weights[f"{p}attn.W_O"][1]
    close(edited[f"{p}attn.result"], result, "result")
    close(edited[f"{p}attn_out"], result.sum(1) + net.weights[f"{p}attn.b_O"], "attn_out")
