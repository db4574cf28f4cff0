"""GPT-NeoX in a folder computes what Hugging Face computes, in both spellings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, GPTNeoXModel

import model
from tests.model.parity import FEW, IDS, agree, both, rename
from tests.model.theirs import rewrite, save

SIZES: dict[str, Any] = {
    "vocab_size": 31, "hidden_size": 32, "intermediate_size": 18, "num_hidden_layers": 2, "num_attention_heads": 2,
    "max_position_embeddings": 32,
}  # fmt: skip


@FEW
@given(
    heads=st.sampled_from([1, 2, 4]), share=st.sampled_from([0.25, 0.5, 1.0]), parallel=st.booleans(),
    bias=st.booleans(), tied=st.booleans(), act=st.sampled_from(["gelu", "gelu_fast", "relu"]),
    theta=st.sampled_from([10000, 25]),
)  # fmt: skip
def test_random_configs(
    tmp_path: Path, heads: int, share: float, parallel: bool, bias: bool, tied: bool, act: str, theta: int
) -> None:
    rope = {"rope_type": "default", "rope_theta": theta, "partial_rotary_factor": share}
    words = {**SIZES, "num_attention_heads": heads, "use_parallel_residual": parallel, "attention_bias": bias}
    words |= {"tie_word_embeddings": tied, "hidden_act": act, "rope_parameters": rope}
    both(tmp_path, GPTNeoXForCausalLM, GPTNeoXConfig(**words), IDS)


def test_a_base_model(tmp_path: Path) -> None:
    m = both(tmp_path, GPTNeoXModel, GPTNeoXConfig(**SIZES), IDS)
    assert not m.config.unembed


@pytest.mark.parametrize("head", ["embed_out.weight", "lm_head.weight"])
def test_both_spellings(tmp_path: Path, head: str) -> None:
    theirs = save(tmp_path, GPTNeoXForCausalLM, GPTNeoXConfig(**SIZES, rope_parameters={"rope_theta": 50.0}))
    new = model.load(tmp_path).config

    def older(config: dict[str, Any]) -> None:
        config.pop("rope_parameters")
        config |= {"rotary_pct": 0.25, "rotary_emb_base": 50}

    def keys(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        out = {head if k in ("embed_out.weight", "lm_head.weight") else k: x for k, x in tensors.items()}
        return out | {
            "gpt_neox.layers.0.attention.bias": torch.ones(1),
            "gpt_neox.layers.0.attention.masked_bias": torch.ones(1),
        }

    rewrite(tmp_path, older)
    rename(tmp_path, keys)
    m = model.load(tmp_path)
    assert m.config == new
    assert len(m.card["unused_weights"]) == 2
    agree(theirs, m, IDS)
