"""What holds for every encoding of the registry, whatever it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from model.cache import Cache
from model.checkpoints.native import save
from model.registry import variants
from tests.model.positional.build import ATTN, SIZES, ids, network

NAMES = tuple(variants("positional"))
# Options that change what an encoding does, beside its defaults.
MORE: dict[str, tuple[dict[str, Any], ...]] = {
    "shaw": ({"shaw_clip": 2},),
    "xpos": ({"rotary_pairing": "half", "xpos_centre": 9},),
    "kerple": ({"kerple_kernel": "power"},),
    "fire": ({"fire_length": 4.0},),
    "cope": ({"cope_most": 3}, {"cope_scaled": False}),
    "learnable_sinusoid": ({"pos_activation": "sigmoid", "pos_residual": True},),
    "sinusoidal": ({"sinusoid_layout": "concatenated"},),
    "drawn": (
        {"drawn_formula": "where(distance > 2, -3, log(distance + 1)) + sin(query)"},
        {"drawn_table": [[0.0, -1.5, -2.0]]},
        {"drawn_table": [[[0.5, 1.0, -1.0], [2.0, 0.0, 3.0]]]},
    ),
    "laplacian": ({"laplacian_normalized": True, "laplacian_k": 3},),
    "rotary": (
        {"rotary_scaling": {"type": "ntk", "factor": 3.0}},
        {"rotary_pairing": "interleaved", "rotary_fraction": 0.5},
    ),
}
EVERY = [(name, options) for name in NAMES for options in ({}, *MORE.get(name, ()))]


def build(name: str, options: dict[str, Any], **sizes: Any) -> model.Transformer:
    """In single precision."""
    return network(name, **sizes, **options).float()


@pytest.mark.parametrize(("name", "options"), EVERY)
@pytest.mark.parametrize("heads", [(4, 4), (4, 2), (3, 1)])
def test_read_bit_by_bit_is_read_at_once(name: str, options: dict[str, Any], heads: tuple[int, int]) -> None:
    """A cache that is given 3, then 1, then 4 tokens makes what one pass makes: every layer, to 1e-5."""
    net = build(name, options, n_layers=2, n_heads=heads[0], n_kv_heads=heads[1], d_model=16)
    text = torch.tensor([i or 2 for i in ids(8)])
    with torch.no_grad():
        whole, cache = net(text), Cache()
        parts: list[torch.Tensor] = []
        for end in (3, 4, 8):
            if not net.last.lasts(cache.length, end):
                cache.forget()
                parts.clear()
            parts.append(net(text[cache.length : end], cache=cache))
    assert (torch.cat(parts) - whole).abs().max() <= 1e-5 * whole.abs().max()


@pytest.mark.parametrize(("name", "options"), EVERY)
def test_every_weight_learns(name: str, options: dict[str, Any]) -> None:
    net = build(name, options, n_layers=2, n_ctx=8)
    text = torch.tensor([[i or 2 for i in ids(8)], [3, 3, 7, 2, 8, 4, 4, 5]])
    torch.nn.functional.cross_entropy(net(text).flatten(0, 1), text.flatten()).backward()
    for parameter_name, parameter in net.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.isfinite().all(), parameter_name
        assert parameter.grad.abs().sum() > 0, parameter_name


@given(
    name=st.sampled_from(NAMES), n=st.integers(1, 9), heads=st.integers(1, 5), d_head=st.sampled_from([4, 6, 8]),
    architecture=st.sampled_from(["decoder", "encoder"]), rows=st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=120)
def test_any_size_alone_and_in_a_batch(
    name: str, n: int, heads: int, d_head: int, architecture: str, rows: int
) -> None:
    net = network(name, architecture, n_heads=heads, d_head=d_head, d_model=12)
    batch = torch.tensor([[(i or 2) * (r + 1) % 9 or 2 for i in ids(n)] for r in range(rows)])
    with torch.no_grad():
        together = net(batch)
        alone = torch.stack([net(row) for row in batch])
    assert together.isfinite().all()
    torch.testing.assert_close(together, alone)
    trace = net.trace(ids=batch[0].tolist())
    torch.testing.assert_close(trace["logits"], alone[0])


@pytest.mark.parametrize("name", NAMES)
def test_cross_attention_has_no_positions(name: str) -> None:
    config = model.TransformerConfig("encoder-decoder", **SIZES, positional=name)
    trace = model.Transformer(config).trace(ids=[2, 3, 4], target=[5, 6, 7, 8])
    inside = {n.removeprefix("decoder.blocks.0.cross_attn.") for n in trace.names if ".cross_attn." in n}
    assert inside == {"q", "k", "v", "qk", "attn_scores", "pattern", "z", "result"}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_counted(name: str) -> None:
    """All of a network's parameters, in groups that have names; nothing of an encoding's is in "Other"."""
    m = model.Model(network(name, n_layers=2))
    found = {c.part: c for c in model.counts(m, (6,))}
    assert sum(c.parameters for c in found.values()) == m.network.n_parameters
    assert "Other" not in found, found["Other"]


def test_a_negative_score_of_distance_comes_after_the_scale() -> None:
    """The bias is added as it is, whatever the scale of the products."""
    for name in NAMES:
        trace = network(name, attn_scale=0.3).trace(ids=ids(5))
        if f"{ATTN}bias" in trace:
            seen = trace[f"{ATTN}attn_scores"].isfinite()
            added = trace[f"{ATTN}attn_scores"] - trace[f"{ATTN}qk"]
            torch.testing.assert_close(added[seen], trace[f"{ATTN}bias"][seen])


@pytest.mark.parametrize("name", ["learned", "learned_unpadded", "cope"])
def test_a_table_that_no_machine_holds_is_refused(name: str) -> None:
    with pytest.raises(model.ConfigError, match="billion"):
        network(name, n_ctx=2**31 - 1, d_model=64, d_head=32)


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_kept_in_a_folder(name: str, tmp_path: Path) -> None:
    net = network(name).float()
    save(net, ((path, p.detach()) for path, p in net.named_parameters()), {}, tmp_path)
    opened = model.load(tmp_path)
    kept = dict(opened.network.named_parameters())
    for path, p in net.named_parameters():
        assert torch.equal(kept[path], p)
    # Weights of a mapped file start at other addresses than fresh ones, and products may take another way through them.
    torch.testing.assert_close(opened.logits(ids(5)), net(torch.tensor(ids(5))).detach(), rtol=1e-5, atol=1e-6)
