"""Llama's heirs in a folder compute what Hugging Face computes: Mistral, Qwen2, Qwen3, Gemma, Gemma 2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    GemmaConfig,
    GemmaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

import model
from tests.model.parity import FEW, IDS, agree, both
from tests.model.theirs import rewrite, save

KINDS = {
    "mistral": (MistralConfig, MistralForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
    "gemma": (GemmaConfig, GemmaForCausalLM),
    "gemma2": (Gemma2Config, Gemma2ForCausalLM),
}
LAYERS = ["sliding_attention", "full_attention", "sliding_attention"]


@st.composite
def words(draw: st.DrawFn) -> dict[str, Any]:
    """Sizes and switches that all of them have."""
    heads, groups = draw(st.sampled_from([(4, 2), (4, 4), (2, 1), (6, 3)]))
    return {
        "vocab_size": draw(st.integers(11, 40)), "hidden_size": 4 * heads * draw(st.integers(1, 2)),
        "intermediate_size": draw(st.integers(5, 30)), "num_hidden_layers": draw(st.integers(1, 3)),
        "num_attention_heads": heads, "num_key_value_heads": groups, "head_dim": draw(st.sampled_from([4, 6, 8])),
        "max_position_embeddings": 32, "rms_norm_eps": draw(st.sampled_from([1e-6, 0.05])),
        "tie_word_embeddings": draw(st.booleans()),
        "rope_parameters": {"rope_type": "default", "rope_theta": draw(st.sampled_from([10000.0, 77.0]))},
    }  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
@FEW
@given(words=words(), data=st.data())
def test_random_configs(tmp_path: Path, name: str, words: dict[str, Any], data: st.DataObject) -> None:
    config, kind = KINDS[name]
    words |= {"initializer_range": 0.2}
    if name == "mistral":
        words["sliding_window"] = data.draw(st.sampled_from([None, 1, 3, 50]))
    if name in ("qwen2", "qwen3"):
        words |= {"use_sliding_window": data.draw(st.booleans()), "sliding_window": 3, "max_window_layers": 1}
    if name == "qwen2":
        words.pop("head_dim")
    if name in ("qwen3", "gemma", "gemma2"):
        words["attention_bias"] = data.draw(st.booleans())
    if name == "gemma":
        words["hidden_act"] = data.draw(st.sampled_from(["gelu", "gelu_pytorch_tanh", "silu"]))
    if name == "gemma2":
        words |= {"sliding_window": 3, "query_pre_attn_scalar": data.draw(st.sampled_from([16, 256]))}
        words |= {"final_logit_softcapping": data.draw(st.sampled_from([None, 5.0])), "attn_logit_softcapping": 3.0}
    both(tmp_path, kind, config(**words), IDS)


SMALL: dict[str, Any] = {
    "vocab_size": 20, "hidden_size": 16, "intermediate_size": 12, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 4, "max_position_embeddings": 32,
}  # fmt: skip


def test_gemma2_before_it_listed_its_layers(tmp_path: Path) -> None:
    theirs = save(tmp_path, Gemma2ForCausalLM, Gemma2Config(**SMALL, sliding_window=3))
    new = model.load(tmp_path).config
    assert new.mask == ("sliding_window", "causal", "sliding_window")

    def older(config: dict[str, Any]) -> None:
        config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
        config.pop("layer_types")
        config |= {"cache_implementation": "hybrid", "hidden_act": "gelu_pytorch_tanh"}

    rewrite(tmp_path, older)
    m = model.load(tmp_path)
    assert m.config == new
    agree(theirs, m, IDS)


def test_layers_listed_one_by_one(tmp_path: Path) -> None:
    words = {**SMALL, "use_sliding_window": True, "sliding_window": 2, "layer_types": LAYERS}
    words["layer_types"] = [*LAYERS[1:], LAYERS[1]]
    m = both(tmp_path, Qwen3ForCausalLM, Qwen3Config(**words), IDS)
    assert m.config.mask == ("causal", "sliding_window", "causal")


def test_a_layer_derived_later_keeps_its_own_mask(tmp_path: Path) -> None:
    save(tmp_path, Gemma2ForCausalLM, Gemma2Config(**SMALL, sliding_window=3))
    m = model.load(tmp_path)
    kept, derived = m.trace(ids=IDS), m.trace(ids=IDS, keep_bytes=0)
    for name in kept.names:
        assert (kept[name] == derived[name]).all(), name


def test_a_head_in_the_file_is_used_though_the_config_ties_it(tmp_path: Path) -> None:
    theirs = save(tmp_path, Qwen2ForCausalLM, Qwen2Config(**SMALL, tie_word_embeddings=False))
    rewrite(tmp_path, lambda c: c.update(tie_word_embeddings=True))
    agree(theirs, model.load(tmp_path), IDS)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("mistral", "attention_bias", True), ("mistral", "layer_types", LAYERS), ("qwen2", "layer_types", ["x"] * 3),
        ("qwen2", "layer_types", 5), ("qwen3", "layer_types", LAYERS[:2]), ("gemma2", "something_new", 1),
        ("gemma2", "use_bidirectional_attention", True), ("gemma", "final_logit_softcapping", 3.0),
        ("qwen2", "sliding_window", "x"), ("gemma2", "query_pre_attn_scalar", "x"),
    ],
)  # fmt: skip
def test_configs_that_are_refused(tmp_path: Path, name: str, key: str, value: Any) -> None:
    config, kind = KINDS[name]
    save(tmp_path, kind, config(**SMALL))
    rewrite(tmp_path, lambda c: c.update({"use_sliding_window": True, key: value} if "qwen" in name else {key: value}))
    with pytest.raises(model.CheckpointError, match=key):
        model.load(tmp_path)
