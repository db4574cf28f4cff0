"""Llama in a folder computes what Hugging Face computes, in both spellings of its rotary settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig, LlamaForCausalLM, LlamaModel

import model
from tests.model.parity import FEW, both
from tests.model.theirs import compare, rewrite, save

SIZES: dict[str, Any] = {
    "vocab_size": 37, "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64,
}  # fmt: skip
IDS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9]
LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 100.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}  # fmt: skip
LINEAR = {"rope_type": "linear", "rope_theta": 100.0, "factor": 2.5}


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"num_key_value_heads": 1},
        {"num_key_value_heads": 4},
        {"attention_bias": True},
        {"mlp_bias": True},
        {"tie_word_embeddings": True},
        {"head_dim": 8},
        {"head_dim": 2, "num_attention_heads": 2},
        {"rms_norm_eps": 0.1},
        {"hidden_act": "gelu"},
        {"hidden_act": "gelu_pytorch_tanh"},
        {"hidden_act": "relu"},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 50.0}},
        {"rope_parameters": LINEAR},
        {"rope_parameters": LLAMA3},
    ],
    ids=str,
)
def test_every_config_key_that_changes_numbers(tmp_path: Path, words: dict[str, Any]) -> None:
    theirs = save(tmp_path, LlamaForCausalLM, LlamaConfig(**{**SIZES, **words}))
    m = model.load(tmp_path)
    compare(theirs, m, IDS)
    assert m.network.n_parameters == sum(p.numel() for p in theirs.parameters())


YARN = {"rope_type": "yarn", "rope_theta": 100.0, "factor": 4.0, "original_max_position_embeddings": 16}
ROPES = [{"rope_type": "default", "rope_theta": 77.0}, LINEAR, LLAMA3, YARN]


@FEW
@given(
    heads=st.sampled_from([(4, 2), (4, 4), (2, 1), (6, 3)]), d_head=st.sampled_from([None, 2, 6, 10]),
    layers=st.integers(1, 3), inner=st.integers(3, 40), vocab=st.integers(11, 60),
    biases=st.tuples(st.booleans(), st.booleans()), tied=st.booleans(), eps=st.sampled_from([1e-6, 0.05]),
    act=st.sampled_from(["silu", "gelu", "relu"]), rope=st.sampled_from(ROPES),
)  # fmt: skip
def test_random_configs(
    tmp_path: Path, heads: tuple[int, int], d_head: int | None, layers: int, inner: int, vocab: int,
    biases: tuple[bool, bool], tied: bool, eps: float, act: str, rope: dict[str, Any],
) -> None:  # fmt: skip
    words: dict[str, Any] = {"num_attention_heads": heads[0], "num_key_value_heads": heads[1], "vocab_size": vocab}
    words |= {"head_dim": d_head, "hidden_size": 4 * heads[0], "intermediate_size": inner, "num_hidden_layers": layers}
    words |= {"attention_bias": biases[0], "mlp_bias": biases[1], "tie_word_embeddings": tied, "rms_norm_eps": eps}
    words |= {"hidden_act": act, "rope_parameters": rope, "max_position_embeddings": 64}
    both(tmp_path, LlamaForCausalLM, LlamaConfig(**words), IDS)


@pytest.mark.parametrize("kind", ["rope_type", "type"])
@pytest.mark.parametrize("settings", [LLAMA3, LINEAR, {"rope_theta": 100.0}], ids=["llama3", "linear", "default"])
def test_the_older_spelling(tmp_path: Path, settings: dict[str, Any], kind: str) -> None:
    given = {"rope_type": "default", **settings}
    theirs = save(tmp_path, LlamaForCausalLM, LlamaConfig(**SIZES, rope_parameters=given))
    new = model.load(tmp_path)

    def older(config: dict[str, Any]) -> None:
        spelt = config.pop("rope_parameters")
        config["rope_theta"] = spelt.pop("rope_theta")
        word = spelt.pop("rope_type")
        config["rope_scaling"] = None if word == "default" else {kind: word, **spelt}

    rewrite(tmp_path, older)
    old = model.load(tmp_path)
    assert old.config == new.config
    compare(theirs, old, IDS)


def test_a_base_model(tmp_path: Path) -> None:
    theirs = save(tmp_path, LlamaModel, LlamaConfig(**SIZES))
    assert compare(theirs, model.load(tmp_path), IDS).names[-1] == "ln_final.normalized"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rope_parameters", {"rope_type": "yarn", "factor": "x"}), ("rope_parameters", {"rope_type": "linear"}),
        ("rope_parameters", {"rope_type": "yarn", "factor": 2.0, "beta": 1}),
        ("rope_parameters", {"rope_type": "dynamic"}), ("rope_parameters", {"rope_type": "longrope", "factor": 2.0}),
        ("rope_parameters", {"rope_type": "dynamic", "factor": 0.5}),
        ("rope_parameters", {"rope_type": "yarn", "factor": 2.0, "beta_fast": 1, "beta_slow": 2}),
        ("rope_parameters", {**LLAMA3, "beta": 1}), ("rope_parameters", {**LLAMA3, "factor": "x"}),
        ("rope_parameters", 5), ("rope_parameters", {**LLAMA3, "high_freq_factor": 1.0}),
        ("rope_parameters", {"rope_type": ["linear"]}),
        ("rope_parameters", {"rope_type": "default", "rope_theta": "x"}),
        ("rope_parameters", {"rope_type": "default", "rope_theta": -5.0}),
        ("rope_parameters", {"rope_type": "default", "partial_rotary_factor": "x"}),
        ("rope_parameters", {"full_attention": {"rope_type": "default"}, "sliding_attention": {"rope_type": "linear"}}),
        ("num_key_value_heads", 3), ("num_attention_heads", 0), ("hidden_act", "tanh"), ("head_dim", 5),
        ("head_dim", 0), ("hidden_size", 25), ("intermediate_size", 41), ("num_hidden_layers", 10**10),
        ("sliding_window", 4), ("rms_norm_eps", -1.0), ("attention_bias", True), ("attention_bias", "no"),
    ],
)  # fmt: skip
def test_configs_that_are_refused(tmp_path: Path, key: str, value: Any) -> None:
    save(tmp_path, LlamaForCausalLM, LlamaConfig(**SIZES))
    rewrite(tmp_path, lambda c: c.update({key: value}))
    with pytest.raises((model.CheckpointError, model.ConfigError)):
        model.load(tmp_path)
