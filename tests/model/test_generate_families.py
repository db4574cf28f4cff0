"""Generation by every family that continues text: as Hugging Face does, token for token, with a cache and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from model.checkpoints import families
from model.generate import Sampling
from tests.model.theirs import save

STEPS = 12
IDS = [3, 1, 4, 1, 5]
LLAMA: dict[str, Any] = {
    "vocab_size": 37, "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 32,
}  # fmt: skip
BART: dict[str, Any] = {
    "vocab_size": 31, "d_model": 12, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 3,
    "decoder_attention_heads": 2, "encoder_ffn_dim": 14, "decoder_ffn_dim": 9, "max_position_embeddings": 32,
    "forced_eos_token_id": None,
}  # fmt: skip
T5: dict[str, Any] = {
    "vocab_size": 31, "d_model": 12, "d_kv": 5, "d_ff": 14, "num_layers": 2, "num_heads": 3,
    "decoder_start_token_id": 0,
}  # fmt: skip


def rope(kind: str, **words: Any) -> dict[str, Any]:
    return {"rope_parameters": {"rope_type": kind, "rope_theta": 100.0, **words}}


# family, and where there are several of one what is special: (network, config)
FAMILIES: dict[str, tuple[type, Any]] = {
    "gpt2": (hf.GPT2LMHeadModel, hf.GPT2Config(vocab_size=31, n_positions=32, n_embd=24, n_layer=2, n_head=4)),
    "gpt_neox": (
        hf.GPTNeoXForCausalLM,
        hf.GPTNeoXConfig(vocab_size=31, hidden_size=32, intermediate_size=18, num_hidden_layers=2,
                         num_attention_heads=2, max_position_embeddings=32),
    ),
    "gptj": (
        hf.GPTJForCausalLM,
        hf.GPTJConfig(vocab_size=31, n_positions=32, n_embd=24, n_layer=2, n_head=2, rotary_dim=6),
    ),
    "opt": (
        hf.OPTForCausalLM,
        hf.OPTConfig(vocab_size=31, hidden_size=24, num_hidden_layers=2, ffn_dim=14, num_attention_heads=3,
                     max_position_embeddings=32, word_embed_proj_dim=24),
    ),
    "bloom": (hf.BloomForCausalLM, hf.BloomConfig(vocab_size=31, hidden_size=24, n_layer=2, n_head=3)),
    "phi": (
        hf.PhiForCausalLM,
        hf.PhiConfig(vocab_size=31, hidden_size=32, intermediate_size=14, num_hidden_layers=2, num_attention_heads=4,
                     max_position_embeddings=32),
    ),
    "llama": (hf.LlamaForCausalLM, hf.LlamaConfig(**LLAMA)),
    "llama, linear": (hf.LlamaForCausalLM, hf.LlamaConfig(**LLAMA, **rope("linear", factor=2.5))),
    "llama, dynamic": (hf.LlamaForCausalLM, hf.LlamaConfig(**LLAMA, **rope("dynamic", factor=3.0))),
    "llama, yarn": (
        hf.LlamaForCausalLM,
        hf.LlamaConfig(**LLAMA, **rope("yarn", factor=4.0, original_max_position_embeddings=8)),
    ),
    "llama, llama3": (
        hf.LlamaForCausalLM,
        hf.LlamaConfig(**LLAMA, **rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                                       original_max_position_embeddings=16)),
    ),
    "mistral": (hf.MistralForCausalLM, hf.MistralConfig(**LLAMA, sliding_window=4)),
    "qwen2": (hf.Qwen2ForCausalLM, hf.Qwen2Config(**LLAMA)),
    "qwen3": (hf.Qwen3ForCausalLM, hf.Qwen3Config(**LLAMA, head_dim=8)),
    "gemma": (hf.GemmaForCausalLM, hf.GemmaConfig(**LLAMA, head_dim=8)),
    "gemma2": (
        hf.Gemma2ForCausalLM, hf.Gemma2Config(**LLAMA, head_dim=8, query_pre_attn_scalar=8, sliding_window=4),
    ),
    "mixtral": (
        hf.MixtralForCausalLM, hf.MixtralConfig(**LLAMA, num_local_experts=4, num_experts_per_tok=2),
    ),
    "t5": (hf.T5ForConditionalGeneration, hf.T5Config(**T5)),
    "t5, 1.1": (
        hf.T5ForConditionalGeneration, hf.T5Config(**T5, feed_forward_proj="gated-gelu", tie_word_embeddings=False),
    ),
    "bart": (hf.BartForConditionalGeneration, hf.BartConfig(**BART)),
    "marian": (
        hf.MarianMTModel,
        hf.MarianConfig(**BART, pad_token_id=0, eos_token_id=0, decoder_start_token_id=0),
    ),
}  # fmt: skip


def test_no_family_is_forgotten() -> None:
    reads_only = {"bert", "roberta", "distilbert", "albert", "vit"}
    assert {name.partition(",")[0] for name in FAMILIES} == set(families.supported()) - reads_only


@pytest.mark.parametrize("penalty", [1.0, 3.0])  # without, tiny models often say one thing over and over
@pytest.mark.parametrize("name", FAMILIES)
def test_greedy_is_hugging_faces_and_the_cache_changes_nothing(name: str, penalty: float, tmp_path: Path) -> None:
    kind, config = FAMILIES[name]
    save(tmp_path, kind, config)
    theirs = kind.from_pretrained(tmp_path).eval()  # type: ignore[attr-defined]
    theirs.generation_config.eos_token_id = None
    out = theirs.generate(
        torch.tensor([IDS]), attention_mask=torch.ones(1, len(IDS), dtype=torch.long), max_new_tokens=STEPS,
        do_sample=False, pad_token_id=0, repetition_penalty=penalty, return_dict_in_generate=True, output_logits=True,
    )  # fmt: skip
    m = model.load(tmp_path)
    words: dict[str, Any] = {"ids": IDS, "max_new_tokens": STEPS, "stop": [], "repetition_penalty": penalty}
    plain = list(m.generate(**words, cache=False))
    cached = list(m.generate(**words))
    assert [step.id for step in plain] == out.sequences[0, -STEPS:].tolist()
    assert [step.id for step in cached] == [step.id for step in plain]
    assert penalty == 1 or len({step.id for step in plain}) > 3
    for a, b, wanted in zip(cached, plain, out.logits, strict=True):
        assert (a.logits - b.logits).abs().max() <= 1e-5 * b.logits.abs().max()
        torch.testing.assert_close(b.logits, wanted[0], rtol=1e-4, atol=1e-4)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    seed=st.integers(0, 10**6), penalty=st.sampled_from([1.0, 1.3, 0.8]), temperature=st.sampled_from([1.0, 0.6, 2.5]),
    top_k=st.sampled_from([None, 1, 5, 100]), top_p=st.sampled_from([None, 0.05, 0.7, 0.99]),
    min_p=st.sampled_from([None, 0.02, 0.5]),
)  # fmt: skip
def test_filters_are_hugging_faces(
    seed: int, penalty: float, temperature: float, top_k: int | None, top_p: float | None, min_p: float | None
) -> None:
    """The probabilities after each filter, in the order in which Hugging Face applies them."""
    logits = 3 * torch.randn(40, generator=torch.Generator().manual_seed(seed))
    ids = torch.tensor([3, 3, 7, 20])
    theirs = {
        "repetition_penalty": hf.RepetitionPenaltyLogitsProcessor(penalty),
        "temperature": hf.TemperatureLogitsWarper(temperature),
        "top_k": None if top_k is None else hf.TopKLogitsWarper(top_k),
        "top_p": None if top_p is None else hf.TopPLogitsWarper(top_p),
        "min_p": None if min_p is None else hf.MinPLogitsWarper(min_p),
    }
    how = Sampling(temperature, top_k, top_p, min_p, penalty)
    ours, scores = logits, logits[None]
    for name, function in how.filters():
        ours = function(ours, ids)
        scores = theirs[name](ids[None], scores)
        torch.testing.assert_close(ours.softmax(-1), scores[0].softmax(-1), msg=name)
    used = {name for name, _ in how.filters()}
    assert used == {n for n, value in (("repetition_penalty", penalty), ("temperature", temperature)) if value != 1} | {
        n for n, value in (("top_k", top_k), ("top_p", top_p), ("min_p", min_p)) if value is not None
    }
