"""T5 1.0 and 1.1 in a folder compute what Hugging Face computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import T5Config, T5EncoderModel, T5ForConditionalGeneration

import model
from tests.model.parity import FEW, IDS, agree, both, rename
from tests.model.theirs import rewrite, save

SIZES: dict[str, Any] = {"vocab_size": 31, "d_model": 12, "d_kv": 5, "d_ff": 14, "num_layers": 2, "num_heads": 3}
TARGET = [0, 7, 3, 3, 9]


@FEW
@given(
    layers=st.sampled_from([(1, 2), (2, 1), (3, None)]), heads=st.integers(1, 4),
    buckets=st.sampled_from([(8, 6), (32, 128), (4, 20)]),
    feed=st.sampled_from(["relu", "gated-gelu", "gated-silu", "gelu_new"]), scaled=st.booleans(),
    eps=st.sampled_from([1e-6, 0.1]), padded=st.booleans(),
)  # fmt: skip
def test_random_configs(
    tmp_path: Path, layers: tuple, heads: int, buckets: tuple, feed: str, scaled: bool, eps: float, padded: bool
) -> None:
    words = {**SIZES, "num_layers": layers[0], "num_decoder_layers": layers[1], "num_heads": heads}
    words |= {"relative_attention_num_buckets": buckets[0], "relative_attention_max_distance": buckets[1]}
    words |= {"feed_forward_proj": feed, "layer_norm_epsilon": eps, "tie_word_embeddings": scaled}
    mask = {"mask": [1] * 9 + [0] * 3} if padded else {}
    m = both(tmp_path, T5ForConditionalGeneration, T5Config(**words), IDS, TARGET, **mask)
    assert m.config.logit_scale == pytest.approx(12**-0.5 if scaled else 1.0)


def test_the_encoder_alone(tmp_path: Path) -> None:
    m = both(tmp_path, T5EncoderModel, T5Config(**SIZES), IDS)
    assert m.config.architecture == "encoder"


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_old_files(tmp_path: Path, tied: bool, own: bool) -> None:
    """Version 4 wrote `tie_word_embeddings` and no `scale_decoder_outputs`; a head in the file counts either way."""
    theirs = save(tmp_path, T5ForConditionalGeneration, T5Config(**SIZES, tie_word_embeddings=tied))
    if own:
        theirs.lm_head.weight = torch.nn.Parameter(torch.randn(31, 12))

    def older(config: dict[str, Any]) -> None:
        config.pop("scale_decoder_outputs")
        config |= {"tie_word_embeddings": tied, "n_positions": 40, "output_past": True}
        config |= {"dense_act_fn": "relu", "is_gated_act": False}

    def keys(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        key = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"
        copies = {f"{side}.embed_tokens.weight": tensors["shared.weight"] for side in ("encoder", "decoder")}
        head = {"lm_head.weight": theirs.lm_head.weight.detach()} if own else {}
        return {**tensors, key: torch.zeros(32, 3), **head, **(copies if tied else {})}

    rewrite(tmp_path, older)
    rename(tmp_path, keys)
    m = model.load(tmp_path)
    assert (m.config.logit_scale == 1) is not tied
    agree(theirs, m, IDS, TARGET)


@pytest.mark.parametrize(
    ("key", "value"), [("feed_forward_proj", "gated-tanh"), ("d_kv", 4), ("num_decoder_layers", 3), ("new_key", 1)]
)
def test_configs_that_are_refused(tmp_path: Path, key: str, value: Any) -> None:
    save(tmp_path, T5ForConditionalGeneration, T5Config(**SIZES))

    def change(config: dict[str, Any]) -> None:
        config.pop("dense_act_fn", None)
        config.pop("is_gated_act", None)
        config[key] = value

    rewrite(tmp_path, change)
    with pytest.raises(model.CheckpointError):
        model.load(tmp_path)
