"""What is not kept is derived: bit for bit the same, in memory that grows with the length only."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import model
from tests.model.strategies import Case, case, cases, pairs

SIZES: dict[str, Any] = {"n_layers": 2, "n_heads": 4, "d_model": 16, "d_vocab": 9}
DERIVABLE = ("standardized", "qk", "attn_scores", "pattern", "result", "pre", "pre_linear", "post", "resid_mid",
             "probs", "bias", "capped", "q", "k", "v", "attn_out")  # fmt: skip


def equal(kept: model.Trace, derived: model.Trace, names: list[str]) -> None:
    for name in names:
        assert torch.equal(kept[name], derived[name]), name
        assert kept[name].dtype == derived[name].dtype, name
        assert kept[name].shape == derived[name].shape, name


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64, torch.float16], ids=str)
def test_derived_equals_kept_pairwise(dtype: torch.dtype) -> None:
    for number, config in enumerate(pairs()):
        c = case(config, seed=number, padded=number % 2 == 0, dtype=dtype)
        kept, derived = c.trace(), c.trace(keep_bytes=0)
        assert kept.kept == set(kept.names)
        # backwards, so that nothing is left over from a reader of an earlier stage
        equal(kept, derived, list(reversed(kept.names)))


@pytest.mark.parametrize("length", [1, 17, 64, 130, 300])
@pytest.mark.parametrize("positional", ["learned", "rotary", "t5"])
@pytest.mark.parametrize("threads", [1, 2])
def test_derived_equals_kept_at_any_length(length: int, positional: str, threads: int) -> None:
    """Sizes at which torch's kernels choose other ways, alone and in company."""
    config = model.TransformerConfig(**SIZES | {"d_model": 96, "n_ctx": 300}, n_kv_heads=2, positional=positional)
    c = case(config, length=length)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        equal(c.trace(), c.trace(keep_bytes=0), c.trace().names)
    finally:
        torch.set_num_threads(before)


@given(c=cases(), data=st.data())
def test_any_order_of_reading(c: Case, data: st.DataObject) -> None:
    kept, derived = c.trace(), c.trace(keep_bytes=0)
    equal(kept, derived, data.draw(st.permutations(kept.names)))
    assert dict(derived.items()).keys() == dict(kept.items()).keys()


def test_what_may_be_derived() -> None:
    config = model.TransformerConfig(**SIZES, n_ctx=12, positional="t5", attn_softcap=2.0, mlp="swiglu")
    trace = case(config).trace(keep_bytes=0)
    gone = set(trace.names) - trace.kept
    assert {name.rpartition(".")[2] for name in gone} <= {*DERIVABLE, "normalized"}
    for local in DERIVABLE:
        assert any(name.rpartition(".")[2] == local for name in gone), local


@pytest.mark.parametrize("positional", ["learned", "alibi", "t5", "rotary"])
@pytest.mark.parametrize("architecture", ["decoder", "encoder-decoder"])
def test_memory_grows_linearly(positional: str, architecture: str) -> None:
    config = model.TransformerConfig(architecture, **SIZES, n_ctx=512, positional=positional)
    network = model.Transformer(config)

    def held(n: int, keep_bytes: int) -> int:
        words: dict[str, Any] = {"target": [1] * n} if architecture == "encoder-decoder" else {}
        return network.trace(ids=[1] * n, keep_bytes=keep_bytes, **words).nbytes

    short, long = held(128, 0), held(512, 0)
    assert long <= 4 * short * 1.01
    assert held(512, 1 << 40) > 2 * long


def test_the_budget_decides() -> None:
    c = case(model.TransformerConfig(**SIZES, n_ctx=64), length=40)
    everything = c.trace(keep_bytes=1 << 40)
    size = everything.nbytes
    assert c.trace(keep_bytes=2 * size).kept == everything.kept
    assert c.trace(keep_bytes=size // 2).kept < everything.kept


def test_what_readers_remember_is_bounded() -> None:
    config = model.TransformerConfig(n_layers=12, n_heads=8, d_model=16, d_vocab=9, n_ctx=512)
    trace = model.Transformer(config).trace(ids=[1] * 512, keep_bytes=0)
    for name in trace.names:
        assert trace[name].shape == trace.stage(name).shape
    assert sum(t.nbytes for t in trace._derived.values()) <= 64 << 20


@pytest.mark.parametrize("bad", [-1, 1.5, True, None, "1"])
def test_a_budget_that_is_none(bad: Any) -> None:
    with pytest.raises(model.InputError, match="keep_bytes"):
        case(model.TransformerConfig(**SIZES)).trace(keep_bytes=bad)
