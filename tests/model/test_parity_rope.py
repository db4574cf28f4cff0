"""Rotary scalings compute what Hugging Face computes, within the original length and beyond it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig, LlamaForCausalLM

import model
from tests.model.parity import FEW, agree, both
from tests.model.theirs import rewrite, save

SIZES: dict[str, Any] = {
    "vocab_size": 30, "hidden_size": 24, "intermediate_size": 10, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1, "max_position_embeddings": 16,
}  # fmt: skip


def ids(n: int) -> list[int]:
    return [(7 * i + i * i) % 30 for i in range(n)]


@FEW
@given(
    factor=st.floats(1, 8), theta=st.sampled_from([100.0, 10000.0]), d_head=st.sampled_from([4, 12, 32]),
    length=st.sampled_from([3, 15, 16, 17, 28]),
)  # fmt: skip
def test_dynamic(tmp_path: Path, factor: float, theta: float, d_head: int, length: int) -> None:
    rope = {"rope_type": "dynamic", "rope_theta": theta, "factor": factor}
    config = LlamaConfig(**SIZES, head_dim=d_head, rope_parameters=rope)
    m = both(tmp_path, LlamaForCausalLM, config, ids(min(length, int(16 * factor))))
    assert m.config.n_ctx == int(16 * factor)


@FEW
@given(
    factor=st.floats(1, 8), theta=st.sampled_from([100.0, 10000.0]), d_head=st.sampled_from([4, 12, 32]),
    more=st.fixed_dictionaries(
        {},
        optional={
            "attention_factor": st.floats(0.5, 2), "beta_fast": st.sampled_from([8, 32, 64]),
            "beta_slow": st.sampled_from([1, 2]), "truncate": st.booleans(),
            "original_max_position_embeddings": st.sampled_from([8, 16, 32]),
            "mscale": st.sampled_from([0.7, 1.0]), "mscale_all_dim": st.sampled_from([0.0, 0.5]),
        },
    ),
)  # fmt: skip
def test_yarn(tmp_path: Path, factor: float, theta: float, d_head: int, more: dict[str, Any]) -> None:
    rope = {"rope_type": "yarn", "rope_theta": theta, "factor": factor, **more}
    both(tmp_path, LlamaForCausalLM, LlamaConfig(**SIZES, head_dim=d_head, rope_parameters=rope), ids(16))


@pytest.mark.parametrize("kind", ["rope_type", "type"])
@pytest.mark.parametrize("scaling", ["dynamic", "yarn"])
def test_the_older_spelling(tmp_path: Path, scaling: str, kind: str) -> None:
    rope = {"rope_type": scaling, "rope_theta": 500.0, "factor": 4.0}
    theirs = save(tmp_path, LlamaForCausalLM, LlamaConfig(**SIZES, rope_parameters=rope))
    new = model.load(tmp_path).config

    def older(config: dict[str, Any]) -> None:
        config.pop("rope_parameters")
        config |= {"rope_theta": 500.0, "rope_scaling": {kind: scaling, "factor": 4.0}}

    rewrite(tmp_path, older)
    m = model.load(tmp_path)
    assert m.config == new
    agree(theirs, m, ids(30))


def test_a_cache_is_right_also_where_the_base_grows(tmp_path: Path) -> None:
    rope = {"rope_type": "dynamic", "rope_theta": 100.0, "factor": 3.0}
    save(tmp_path, LlamaForCausalLM, LlamaConfig(**SIZES, rope_parameters=rope))
    m = model.load(tmp_path)
    runs = [list(m.generate(ids=ids(10), max_new_tokens=12, stop=[], cache=cache)) for cache in (True, False)]
    for a, b in zip(*runs, strict=True):
        assert (a.logits - b.logits).abs().max() <= 1e-5 * b.logits.abs().max()


@pytest.mark.parametrize("scaling", ["dynamic", "yarn", "llama3", "linear"])
@pytest.mark.parametrize("factor", [1e308, 0, -1, "x", True, None])
def test_factors_that_are_refused(tmp_path: Path, scaling: str, factor: Any) -> None:
    save(tmp_path, LlamaForCausalLM, LlamaConfig(**SIZES))
    rope = {"rope_type": scaling, "rope_theta": 100.0, "factor": factor, "low_freq_factor": 1, "high_freq_factor": 4}
    rope = {k: v for k, v in rope.items() if scaling == "llama3" or not k.endswith("freq_factor")}
    rewrite(tmp_path, lambda c: c.update(rope_parameters=rope))
    if scaling == "yarn" and factor is None:
        assert model.load(tmp_path).config.option("rotary_scaling")  # worked out from the two lengths
        return
    with pytest.raises(model.CheckpointError):
        model.load(tmp_path)
