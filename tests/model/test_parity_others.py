"""GPT-J, Phi, BLOOM and OPT in a folder compute what Hugging Face computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import (
    BloomConfig,
    BloomForCausalLM,
    BloomModel,
    GPTJConfig,
    GPTJForCausalLM,
    GPTJModel,
    OPTConfig,
    OPTForCausalLM,
    OPTModel,
    PhiConfig,
    PhiForCausalLM,
)

import model
from tests.model.parity import FEW, IDS, agree, both, rename
from tests.model.theirs import rewrite, save

GPTJ: dict[str, Any] = {"vocab_size": 31, "n_positions": 20, "n_embd": 24, "n_layer": 2, "n_head": 2, "rotary_dim": 6}
PHI: dict[str, Any] = {
    "vocab_size": 31, "hidden_size": 32, "intermediate_size": 14, "num_hidden_layers": 2, "num_attention_heads": 4,
    "max_position_embeddings": 20,
}  # fmt: skip
BLOOM: dict[str, Any] = {"vocab_size": 31, "hidden_size": 24, "n_layer": 2, "n_head": 3}
OPT: dict[str, Any] = {
    "vocab_size": 31, "hidden_size": 24, "num_hidden_layers": 2, "ffn_dim": 14, "num_attention_heads": 3,
    "max_position_embeddings": 20, "word_embed_proj_dim": 24,
}  # fmt: skip


@FEW
@given(
    heads=st.sampled_from([(2, 12), (3, 4), (1, 22), (6, 2)]), inner=st.sampled_from([None, 17]), tied=st.booleans(),
    act=st.sampled_from(["gelu_new", "relu"]),
)  # fmt: skip
def test_gptj(tmp_path: Path, heads: tuple[int, int], inner: int | None, tied: bool, act: str) -> None:
    words = {**GPTJ, "n_head": heads[0], "rotary_dim": heads[1], "n_inner": inner, "tie_word_embeddings": tied}
    m = both(tmp_path, GPTJForCausalLM, GPTJConfig(**words, activation_function=act), IDS)
    assert m.config.unembed_bias


@FEW
@given(
    kv=st.sampled_from([1, 2, 4, None]), share=st.sampled_from([0.25, 0.5, 1.0]), normed=st.booleans(),
    tied=st.booleans(), eps=st.sampled_from([1e-5, 0.1]),
)  # fmt: skip
def test_phi(tmp_path: Path, kv: int | None, share: float, normed: bool, tied: bool, eps: float) -> None:
    rope = {"rope_type": "default", "rope_theta": 100.0, "partial_rotary_factor": share}
    words = {**PHI, "num_key_value_heads": kv, "qk_layernorm": normed, "tie_word_embeddings": tied}
    m = both(tmp_path, PhiForCausalLM, PhiConfig(**words, layer_norm_eps=eps, rope_parameters=rope), IDS)
    assert ("blocks.0.attn.q_norm.normalized" in m.trace(ids=IDS)) == normed


def test_phi_in_the_older_spelling(tmp_path: Path) -> None:
    rope = {"rope_type": "default", "rope_theta": 100.0, "partial_rotary_factor": 0.25}
    theirs = save(tmp_path, PhiForCausalLM, PhiConfig(**PHI, rope_parameters=rope))

    def older(config: dict[str, Any]) -> None:
        config.pop("rope_parameters")
        config |= {"rope_theta": 100.0, "rope_scaling": None, "partial_rotary_factor": 0.25}

    rewrite(tmp_path, older)
    agree(theirs, model.load(tmp_path), IDS)


@FEW
@given(
    heads=st.sampled_from([1, 2, 3, 4, 6, 8, 12]), layers=st.integers(1, 3), tied=st.booleans(),
    eps=st.sampled_from([1e-5, 0.1]), padded=st.booleans(),
)  # fmt: skip
def test_bloom(tmp_path: Path, heads: int, layers: int, tied: bool, eps: float, padded: bool) -> None:
    words = {**BLOOM, "n_head": heads, "n_layer": layers, "tie_word_embeddings": tied, "layer_norm_epsilon": eps}
    mask = {"mask": [1] * 9 + [0] * 3} if padded else {}
    both(tmp_path, BloomForCausalLM, BloomConfig(**words), IDS, **mask)


def test_bloom_in_the_older_spelling(tmp_path: Path) -> None:
    theirs = save(tmp_path, BloomForCausalLM, BloomConfig(**BLOOM))
    old = {"n_embed": 24, "num_attention_heads": 3, "n_inner": None, "seq_length": 40, "offset_alibi": 100}
    old |= {"skip_bias_add": True, "skip_bias_add_qkv": False, "masked_softmax_fusion": True}

    def older(config: dict[str, Any]) -> None:
        config.pop("hidden_size")
        config.pop("n_head")
        config |= old

    rewrite(tmp_path, older)
    m = model.load(tmp_path)
    assert m.config.n_ctx == 40
    agree(theirs, m, IDS)


@FEW
@given(
    before=st.booleans(), width=st.sampled_from([24, 10]), bias=st.booleans(), affine=st.booleans(),
    removed=st.booleans(), tied=st.booleans(), padded=st.booleans(),
)  # fmt: skip
def test_opt(
    tmp_path: Path, before: bool, width: int, bias: bool, affine: bool, removed: bool, tied: bool, padded: bool
) -> None:
    words = {**OPT, "do_layer_norm_before": before, "word_embed_proj_dim": width, "enable_bias": bias}
    words |= {"layer_norm_elementwise_affine": affine, "_remove_final_layer_norm": removed, "tie_word_embeddings": tied}
    mask = {"mask": [1] * 9 + [0] * 3} if padded else {}
    m = both(tmp_path, OPTForCausalLM, OPTConfig(**words), IDS, **mask)
    assert ("embed_proj" in m.trace(ids=IDS)) == ("head.dense" in m.trace(ids=IDS)) == (width == 10)


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        (GPTJModel, GPTJConfig(**GPTJ)), (BloomModel, BloomConfig(**BLOOM, tie_word_embeddings=False)),
        (OPTModel, OPTConfig(**{**OPT, "word_embed_proj_dim": 10}, tie_word_embeddings=False)),
    ],
)  # fmt: skip
def test_base_models(tmp_path: Path, kind: type, config: Any) -> None:
    assert not both(tmp_path, kind, config, IDS).config.unembed


def test_old_masks_are_left_out(tmp_path: Path) -> None:
    theirs = save(tmp_path, GPTJForCausalLM, GPTJConfig(**GPTJ))
    old = {"transformer.h.0.attn.bias": torch.ones(1), "transformer.h.0.attn.masked_bias": torch.ones(1)}
    rename(tmp_path, lambda t: t | old)
    m = model.load(tmp_path)
    assert m.card["unused_weights"] == sorted(old)
    agree(theirs, m, IDS)


@pytest.mark.parametrize(
    ("kind", "config", "key", "value"),
    [
        (GPTJForCausalLM, GPTJConfig(**GPTJ), "rotary_dim", None),
        (GPTJForCausalLM, GPTJConfig(**GPTJ), "rotary_dim", 5),
        (PhiForCausalLM, PhiConfig(**PHI), "sliding_window", 3),
        (BloomForCausalLM, BloomConfig(**BLOOM), "apply_residual_connection_post_layernorm", True),
        (BloomForCausalLM, BloomConfig(**BLOOM), "n_inner", 7), (OPTForCausalLM, OPTConfig(**OPT), "new_key", 7),
        (OPTForCausalLM, OPTConfig(**OPT), "word_embed_proj_dim", 12),
    ],
)  # fmt: skip
def test_configs_that_are_refused(tmp_path: Path, kind: type, config: Any, key: str, value: Any) -> None:
    save(tmp_path, kind, config)
    rewrite(tmp_path, lambda c: c.update({key: value}))
    with pytest.raises(model.CheckpointError):
        model.load(tmp_path)
