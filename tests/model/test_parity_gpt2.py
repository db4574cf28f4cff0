"""GPT-2 in a folder computes what Hugging Face computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import GPT2Config, GPT2LMHeadModel, GPT2Model
from transformers.activations import ACT2FN

import model
from model.checkpoints.reader import ACTIVATIONS
from model.model import Model
from tests.model.parity import FEW, both
from tests.model.theirs import compare, rewrite, save

SIZES: dict[str, Any] = {"vocab_size": 31, "n_positions": 20, "n_embd": 24, "n_layer": 3, "n_head": 4}
IDS = [3, 1, 4, 1, 5, 9, 2, 6]


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"scale_attn_weights": False},
        {"scale_attn_by_inverse_layer_idx": True},
        {"scale_attn_weights": False, "scale_attn_by_inverse_layer_idx": True},
        {"n_inner": 17},
        {"layer_norm_epsilon": 0.1},
        {"tie_word_embeddings": False},
        {"n_head": 1},
        {"reorder_and_upcast_attn": True},
        {"resid_pdrop": 0.5, "embd_pdrop": 0.5, "attn_pdrop": 0.5, "initializer_range": 0.5},
    ],
    ids=str,
)
def test_every_config_key_that_changes_numbers(tmp_path: Path, words: dict[str, Any]) -> None:
    theirs = save(tmp_path, GPT2LMHeadModel, GPT2Config(**{**SIZES, **words}))
    m = model.load(tmp_path)
    compare(theirs, m, IDS)
    assert m.tokenizer is None
    assert m.config.tied_unembed == words.get("tie_word_embeddings", True)
    # their count leaves nothing out, nor does ours
    assert m.network.n_parameters == sum(p.numel() for p in theirs.parameters())


@FEW
@given(
    heads=st.sampled_from([(1, 8), (2, 6), (4, 5), (3, 16)]), layers=st.integers(1, 4),
    inner=st.sampled_from([None, 7, 40]),
    vocab=st.integers(11, 60), tied=st.booleans(), scaled=st.booleans(), by_layer=st.booleans(),
    eps=st.sampled_from([1e-5, 0.05]), act=st.sampled_from(["gelu_new", "gelu", "relu", "silu", "tanh"]),
)  # fmt: skip
def test_random_configs(
    tmp_path: Path, heads: tuple[int, int], layers: int, inner: int | None, vocab: int, tied: bool, scaled: bool,
    by_layer: bool, eps: float, act: str,
) -> None:  # fmt: skip
    words: dict[str, Any] = {"n_head": heads[0], "n_embd": heads[0] * heads[1], "n_layer": layers, "n_inner": inner}
    words |= {"tie_word_embeddings": tied, "scale_attn_weights": scaled, "scale_attn_by_inverse_layer_idx": by_layer}
    words |= {"layer_norm_epsilon": eps, "activation_function": act, "n_positions": 20, "vocab_size": vocab}
    both(tmp_path, GPT2LMHeadModel, GPT2Config(**words), IDS)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation(tmp_path: Path, name: str) -> None:
    if name not in ACT2FN:
        pytest.skip(f"transformers no longer has {name}")
    theirs = save(tmp_path, GPT2LMHeadModel, GPT2Config(**{**SIZES, "n_layer": 1}, activation_function=name))
    compare(theirs, model.load(tmp_path), IDS)


def test_a_base_model_without_head(tmp_path: Path) -> None:
    """A tied head needs no weights of its own, so logits come for free; a free head that is missing does not."""
    theirs = save(tmp_path, GPT2Model, GPT2Config(**SIZES, tie_word_embeddings=False))
    trace = compare(theirs, model.load(tmp_path), IDS)
    assert trace.names[-1] == "ln_final.normalized"


def test_old_files_with_masks_and_a_copied_head(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    theirs = save(tmp_path, GPT2LMHeadModel, GPT2Config(**SIZES))
    tensors = load_file(tmp_path / "model.safetensors")
    tensors["transformer.h.0.attn.bias"] = torch.ones(1, 1, 20, 20)
    tensors["transformer.h.0.attn.masked_bias"] = torch.tensor(-1e4)
    tensors["lm_head.weight"] = tensors["transformer.wte.weight"].clone()
    save_file(tensors, tmp_path / "model.safetensors")
    m = model.load(tmp_path)
    compare(theirs, m, IDS)
    assert len(m.card["unused_weights"]) == 3


def test_sharded_weights(tmp_path: Path) -> None:
    theirs = save(tmp_path, GPT2LMHeadModel, GPT2Config(**SIZES))
    (tmp_path / "model.safetensors").unlink()
    theirs.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    compare(theirs, model.load(tmp_path), IDS)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_types(tmp_path: Path, dtype: torch.dtype) -> None:
    theirs = save(tmp_path, GPT2LMHeadModel, GPT2Config(**SIZES))
    m = model.load(tmp_path, dtype=dtype)
    trace = m.trace(ids=IDS)
    assert trace["logits"].dtype == m.dtype == dtype
    with torch.no_grad():
        expected = theirs.to(torch.float64)(torch.tensor([IDS])).logits[0]
    error = (trace["logits"].double() - expected).abs().max() / expected.abs().max()
    assert error < (1e-10 if dtype == torch.float64 else 0.1)
    theirs.to(dtype).save_pretrained(tmp_path)
    assert model.load(tmp_path, dtype=None).dtype == dtype
    assert model.load(tmp_path).dtype == torch.float32


def test_ids_are_taken_and_text_is_not(tmp_path: Path) -> None:
    save(tmp_path, GPT2LMHeadModel, GPT2Config(**SIZES))
    m = model.load(str(tmp_path))
    assert isinstance(m, Model)
    assert m.trace(ids=[30])["logits"].shape == (1, 31)
    with pytest.raises(model.InputError, match="ids="):
        m.trace("hello")
    with pytest.raises(model.InputError, match="30"):
        m.trace(ids=[31])
    with pytest.raises(model.InputError, match="20"):
        m.trace(ids=[1] * 21)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("add_cross_attention", True), ("something_new", 1), ("activation_function", "xielu"),
        ("activation_function", ["a"]), ("n_head", 5), ("n_head", 0), ("n_head", 1000), ("n_head", -4),
        ("n_embd", 0), ("n_layer", 10**12), ("n_layer", 0), ("n_layer", "3"), ("n_layer", 3.0), ("n_layer", True),
        ("n_embd", 10**9), ("vocab_size", 30), ("n_positions", 19), ("n_inner", 7), ("layer_norm_epsilon", "x"),
        ("layer_norm_epsilon", 0), ("scale_attn_weights", 1), ("tie_word_embeddings", "yes"), ("n_layer", 2),
        ("n_layer", 4), ("model_type", "mamba"), ("model_type", None), ("model_type", ["gpt2"]),
        ("layer_norm_epsilon", 10**400),
    ],
)  # fmt: skip
def test_configs_that_are_refused(tmp_path: Path, key: str, value: Any) -> None:
    save(tmp_path, GPT2LMHeadModel, GPT2Config(**SIZES))
    rewrite(tmp_path, lambda c: c.update({key: value}))
    with pytest.raises((model.CheckpointError, model.ConfigError)) as caught:
        model.load(tmp_path)
    if key == "model_type":
        assert "gpt2" in str(caught.value)
        assert "llama" in str(caught.value)
    if key in ("something_new", "add_cross_attention"):
        assert key in str(caught.value)
