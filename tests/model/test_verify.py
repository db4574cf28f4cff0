"""The parity check that a person can run on their own text."""

from pathlib import Path

import pytest
import torch

import model
from model.checkpoints.verify import verify


def test_the_built_in_model_agrees_with_hugging_face() -> None:
    found = verify(model.load("sort"), "CBABBCABBB")
    assert [d.name for d in found] == [
        *(f"blocks.{i}.{x}" for i in range(3) for x in ("resid_pre", "attn.pattern")), "ln_final.normalized", "logits",
    ]  # fmt: skip
    for d in found:
        assert d.largest <= 1e-5 * max(1.0, d.scale), d


def test_a_folder_is_compared_with_its_own_original(tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    words = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    LlamaForCausalLM(LlamaConfig(vocab_size=20, max_position_embeddings=32, **words)).save_pretrained(tmp_path)
    found = verify(model.load(tmp_path), ids=[1, 5, 7, 3])
    assert len(found) == 6
    assert max(d.largest for d in found) < 1e-4


def test_a_wrong_weight_is_noticed(tmp_path: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    config = GPT2Config(n_layer=2, n_head=2, n_embd=16, vocab_size=20, n_positions=16, bos_token_id=0, eos_token_id=0)
    GPT2LMHeadModel(config).save_pretrained(tmp_path)
    m = model.load(tmp_path)
    with torch.no_grad():
        m.network.decoder.blocks[1].attn.W_V.mul_(1.5)  # type: ignore[union-attr]
    found = {d.name: d.largest for d in verify(m, ids=[1, 5, 7, 3])}
    assert found["blocks.1.attn.pattern"] < 1e-5 < 1e-3 < found["ln_final.normalized"]


def test_what_has_no_original_is_said() -> None:
    with pytest.raises(model.CheckpointError, match="control"):
        verify(model.control(model.load("sort"), "shuffled"), "ABC")
    scratch = model.Model(model.Transformer(model.TransformerConfig(positional="alibi", d_vocab=9, n_ctx=8)))
    with pytest.raises(model.CheckpointError, match="no original"):
        verify(scratch, ids=[1, 2])


@pytest.mark.slow
def test_a_real_encoder_agrees() -> None:
    found = verify(model.load("minilm"), "The capital of France is")
    assert [d.name for d in found][-1] == "blocks.5.ln2.normalized"
    assert max(d.largest / max(d.scale, 1.0) for d in found) < 1e-5
