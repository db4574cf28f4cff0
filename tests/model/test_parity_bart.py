"""BART and Marian in a folder compute what Hugging Face computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import BartConfig, BartForConditionalGeneration, BartModel, MarianConfig, MarianMTModel

import model
from tests.model.parity import FEW, IDS, agree, both, rename
from tests.model.theirs import rewrite, save

SIZES: dict[str, Any] = {
    "vocab_size": 31, "d_model": 12, "encoder_layers": 2, "decoder_layers": 1, "encoder_attention_heads": 3,
    "decoder_attention_heads": 2, "encoder_ffn_dim": 14, "decoder_ffn_dim": 9, "max_position_embeddings": 20,
}  # fmt: skip
MARIAN = {"pad_token_id": 0, "eos_token_id": 0, "forced_eos_token_id": 0, "decoder_start_token_id": 0}
TARGET = [2, 7, 3, 3, 9]


@st.composite
def words(draw: st.DrawFn) -> dict[str, Any]:
    heads = st.sampled_from([1, 2, 3])
    return {
        **SIZES, "encoder_layers": draw(st.integers(1, 3)), "decoder_layers": draw(st.integers(1, 3)),
        "encoder_attention_heads": draw(heads), "decoder_attention_heads": draw(heads),
        "scale_embedding": draw(st.booleans()), "tie_word_embeddings": draw(st.booleans()),
        "activation_function": draw(st.sampled_from(["gelu", "relu", "swish"])),
    }  # fmt: skip


@FEW
@given(words=words(), padded=st.booleans())
def test_bart(tmp_path: Path, words: dict[str, Any], padded: bool) -> None:
    mask = {"mask": [1] * 9 + [0] * 3} if padded else {}
    both(tmp_path, BartForConditionalGeneration, BartConfig(**words), IDS, TARGET, **mask)


@FEW
@given(words=words(), vocab=st.sampled_from([None, 31, 17]))
def test_marian(tmp_path: Path, words: dict[str, Any], vocab: int | None) -> None:
    words |= {"decoder_vocab_size": vocab, "share_encoder_decoder_embeddings": vocab != 17, **MARIAN}
    m, theirs = translator(tmp_path, MarianConfig(**words))
    agree(theirs, m, IDS, TARGET)
    assert m.config.decoder.d_vocab == (vocab or 31)


def test_a_bare_bart(tmp_path: Path) -> None:
    m = both(tmp_path, BartModel, BartConfig(**SIZES), IDS, TARGET)
    assert not m.config.unembed


def test_the_bias_of_the_logits(tmp_path: Path) -> None:
    theirs = save(tmp_path, BartForConditionalGeneration, BartConfig(**SIZES))
    theirs.final_logits_bias.normal_()
    theirs.save_pretrained(tmp_path)
    m = model.load(tmp_path)
    assert m.config.unembed_bias
    assert m.weights["b_U"].abs().max() > 0.1
    agree(theirs, m, IDS, TARGET)


def test_old_files(tmp_path: Path) -> None:
    theirs = save(tmp_path, BartForConditionalGeneration, BartConfig(**SIZES))

    def keys(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        copies = {
            f"model.{side}.embed_tokens.weight": tensors["model.shared.weight"] for side in ("encoder", "decoder")
        }
        return {**tensors, **copies, "model.encoder.version": torch.ones(1), "model.decoder.version": torch.ones(1)}

    old: dict[str, Any] = {
        "normalize_before": False,
        "add_final_layer_norm": False,
        "normalize_embedding": True,
        "extra_pos_embeddings": 2,
    }
    old |= {
        "static_position_embeddings": False,
        "add_bias_logits": False,
        "classif_dropout": 0.0,
        "num_hidden_layers": 2,
    }
    rewrite(tmp_path, lambda c: c.update(old))
    rename(tmp_path, keys)
    agree(theirs, model.load(tmp_path), IDS, TARGET)


def translator(folder: Path, config: MarianConfig) -> tuple[Any, Any]:
    """Ours and theirs; theirs opened again, since its table of sines, which it does not save, was drawn at random."""
    save(folder, MarianMTModel, config)
    return model.load(folder), MarianMTModel.from_pretrained(folder).eval()


def test_a_table_in_the_file_is_used(tmp_path: Path) -> None:
    m, theirs = translator(tmp_path, MarianConfig(**SIZES, **MARIAN))
    table = theirs.model.encoder.embed_positions.weight.detach()
    torch.testing.assert_close(m.trace(ids=IDS, target=[1])["encoder.pos_embed"], table[: len(IDS)])
    rename(tmp_path, lambda t: t | {f"model.{s}.embed_positions.weight": table for s in ("encoder", "decoder")})
    m = model.load(tmp_path)
    assert torch.equal(m.weights["encoder.W_pos"], table)
    agree(theirs, m, IDS, TARGET)


@pytest.mark.parametrize(
    ("key", "value"), [("normalize_before", True), ("normalize_embedding", False), ("static_position_embeddings", True)]
)
def test_configs_that_are_refused(tmp_path: Path, key: str, value: Any) -> None:
    save(tmp_path, BartForConditionalGeneration, BartConfig(**SIZES))
    rewrite(tmp_path, lambda c: c.update({key: value}))
    with pytest.raises(model.CheckpointError, match=key):
        model.load(tmp_path)


def test_a_classifier_is_refused(tmp_path: Path) -> None:
    from transformers import BartForSequenceClassification

    save(tmp_path, BartForSequenceClassification, BartConfig(**SIZES))
    with pytest.raises(model.CheckpointError, match="classification_head"):
        model.load(tmp_path)
