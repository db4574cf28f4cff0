"""The keys that configs on the hub have, as they have them, are all known: tiny sizes, but every key of a real file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import save_file

import model
from tests.model.parity import IDS, agree
from tests.model.theirs import save

DROPS = {"attention_dropout": 0.0, "use_cache": True, "torch_dtype": "float32", "transformers_version": "4.37.0"}
BERT = {
    "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "hidden_size": 12,
    "initializer_range": 0.02, "intermediate_size": 10, "layer_norm_eps": 1e-12, "max_position_embeddings": 20,
    "num_attention_heads": 2, "num_hidden_layers": 2, "type_vocab_size": 2, "vocab_size": 30,
    "position_embedding_type": "absolute", "gradient_checkpointing": False, "use_cache": True,
    "transformers_version": "4.6.0.dev0", "classifier_dropout": None,
}  # fmt: skip
LLAMA = {
    **DROPS, "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 16, "initializer_range": 0.02,
    "intermediate_size": 10, "max_position_embeddings": 32, "num_attention_heads": 4, "num_hidden_layers": 2,
    "num_key_value_heads": 2, "rms_norm_eps": 1e-5, "rope_theta": 1000.0,
    "tie_word_embeddings": False, "vocab_size": 30,
}  # fmt: skip
BART = {
    "_num_labels": 3, "activation_dropout": 0.1, "add_bias_logits": False, "add_final_layer_norm": False,
    "attention_dropout": 0.1, "bos_token_id": 0, "classif_dropout": 0.1, "classifier_dropout": 0.0, "d_model": 12,
    "decoder_attention_heads": 2, "decoder_ffn_dim": 10, "decoder_layerdrop": 0.0, "decoder_layers": 2,
    "decoder_start_token_id": 2, "dropout": 0.1, "early_stopping": True, "encoder_attention_heads": 2,
    "encoder_ffn_dim": 10, "encoder_layerdrop": 0.0, "encoder_layers": 2, "eos_token_id": 2, "forced_eos_token_id": 2,
    "gradient_checkpointing": False, "init_std": 0.02, "is_encoder_decoder": True, "max_position_embeddings": 20,
    "no_repeat_ngram_size": 3, "normalize_before": False, "num_beams": 4, "num_hidden_layers": 2, "pad_token_id": 1,
    "use_cache": True, "vocab_size": 30, "id2label": {"0": "a", "1": "b"}, "label2id": {"a": 0, "b": 1},
}  # fmt: skip
REAL: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("BertForMaskedLM", {**BERT, "pad_token_id": 0}),
    "roberta": ("RobertaForMaskedLM", {**BERT, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}),
    "albert": (
        "AlbertForMaskedLM",
        {
            **BERT, "embedding_size": 8, "inner_group_num": 1, "num_hidden_groups": 1, "net_structure_type": 0,
            "gap_size": 0, "layers_to_keep": [], "num_memory_blocks": 0, "down_scale_factor": 1,
            "classifier_dropout_prob": 0.1, "hidden_act": "gelu_new", "pad_token_id": 0,
        },
    ),
    "distilbert": (
        "DistilBertForMaskedLM",
        {
            "activation": "gelu", "attention_dropout": 0.1, "dim": 12, "dropout": 0.1, "hidden_dim": 10,
            "initializer_range": 0.02, "max_position_embeddings": 20, "n_heads": 2, "n_layers": 2, "pad_token_id": 0,
            "qa_dropout": 0.1, "seq_classif_dropout": 0.2, "sinusoidal_pos_embds": False, "tie_weights_": True,
            "vocab_size": 30, "output_past": True,
        },
    ),
    "t5": (
        "T5ForConditionalGeneration",
        {
            "d_ff": 14, "d_kv": 5, "d_model": 12, "decoder_start_token_id": 0, "dropout_rate": 0.1, "eos_token_id": 1,
            "feed_forward_proj": "gated-gelu", "initializer_factor": 1.0, "is_encoder_decoder": True, "n_positions": 32,
            "layer_norm_epsilon": 1e-6, "num_decoder_layers": 2, "num_heads": 2, "num_layers": 2, "output_past": True,
            "pad_token_id": 0, "relative_attention_max_distance": 128, "relative_attention_num_buckets": 32,
            "tie_word_embeddings": False, "vocab_size": 30, "task_specific_params": {"summarization": {"prefix": "x"}},
            "dense_act_fn": "gelu_new", "is_gated_act": True, "classifier_dropout": 0.0,
        },
    ),
    "bart": (
        "BartForConditionalGeneration",
        {
            **BART, "activation_function": "gelu", "normalize_embedding": True, "scale_embedding": False,
            "forced_bos_token_id": 0, "prefix": " ", "force_bos_token_to_be_generated": True,
        },
    ),
    "marian": (
        "MarianMTModel",
        {
            **BART, "activation_function": "swish", "normalize_embedding": False, "scale_embedding": True,
            "static_position_embeddings": True, "bad_words_ids": [[29]], "max_length": 20, "decoder_vocab_size": 30,
            "share_encoder_decoder_embeddings": True,
        },
    ),
    "gpt_neox": (
        "GPTNeoXForCausalLM",
        {
            "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "gelu", "hidden_size": 32, "initializer_range": 0.02,
            "intermediate_size": 10, "layer_norm_eps": 1e-5, "max_position_embeddings": 32, "num_attention_heads": 2,
            "num_hidden_layers": 2, "rotary_emb_base": 10000, "rotary_pct": 0.25, "tie_word_embeddings": False,
            "torch_dtype": "float16", "use_cache": True, "use_parallel_residual": True, "vocab_size": 30,
        },
    ),
    "gptj": (
        "GPTJForCausalLM",
        {
            "activation_function": "gelu_new", "attn_pdrop": 0.0, "bos_token_id": 2, "embd_pdrop": 0.0,
            "eos_token_id": 2, "gradient_checkpointing": False, "initializer_range": 0.02, "layer_norm_epsilon": 1e-5,
            "n_embd": 24, "n_head": 2, "n_inner": None, "n_layer": 2, "n_positions": 32, "resid_pdrop": 0.0,
            "rotary": True, "rotary_dim": 8, "scale_attn_weights": True, "summary_activation": None,
            "summary_first_dropout": 0.1, "summary_proj_to_labels": True, "summary_type": "cls_index",
            "summary_use_proj": True, "task_specific_params": {}, "tie_word_embeddings": False,
            "tokenizer_class": "GPT2Tokenizer", "use_cache": True, "vocab_size": 30,
        },
    ),
    "opt": (
        "OPTForCausalLM",
        {
            "_remove_final_layer_norm": False, "activation_dropout": 0.0, "activation_function": "relu",
            "attention_dropout": 0.0, "do_layer_norm_before": True, "dropout": 0.1, "ffn_dim": 10, "hidden_size": 12,
            "init_std": 0.02, "layerdrop": 0.0, "max_position_embeddings": 20, "num_attention_heads": 2,
            "num_hidden_layers": 2, "pad_token_id": 1, "prefix": "</s>", "vocab_size": 30, "word_embed_proj_dim": 12,
        },
    ),
    "bloom": (
        "BloomForCausalLM",
        {
            "apply_residual_connection_post_layernorm": False, "attention_dropout": 0.0, "bias_dropout_fusion": True,
            "attention_softmax_in_fp32": True, "hidden_dropout": 0.0, "initializer_range": 0.02, "n_embed": 24,
            "layer_norm_epsilon": 1e-5, "masked_softmax_fusion": True, "n_inner": None, "n_layer": 2,
            "num_attention_heads": 3, "offset_alibi": 100, "pretraining_tp": 1, "seq_length": 32, "skip_bias_add": True,
            "skip_bias_add_qkv": False, "unk_token_id": 0, "use_cache": True, "vocab_size": 30, "slow_but_exact": False,
        },
    ),
    "llama": (
        "LlamaForCausalLM",
        {
            **LLAMA, "attention_bias": False, "mlp_bias": False, "pretraining_tp": 1, "rope_scaling": None,
            "is_llama_config": True, "rope_interleaved": False, "transformers.js_config": {"dtype": "q4"},
            "max_sequence_length": 32,
        },
    ),
    "mistral": ("MistralForCausalLM", {**LLAMA, "sliding_window": 4}),
    "mixtral": (
        "MixtralForCausalLM",
        {
            **LLAMA, "intermediate_size": 12, "num_experts_per_tok": 2, "num_local_experts": 4, "sliding_window": None,
            "output_router_logits": False, "router_aux_loss_coef": 0.02,
        },
    ),
    "qwen2": (
        "Qwen2ForCausalLM",
        {**LLAMA, "max_window_layers": 1, "sliding_window": 32, "use_sliding_window": False, "use_mrope": False},
    ),
    "qwen3": (
        "Qwen3ForCausalLM",
        {
            **LLAMA, "attention_bias": False, "head_dim": 8, "max_window_layers": 2, "rope_scaling": None,
            "sliding_window": None, "use_sliding_window": False,
        },
    ),
    "gemma": (
        "GemmaForCausalLM",
        {**LLAMA, "attention_bias": False, "head_dim": 8, "hidden_act": "gelu", "hidden_activation": None},
    ),
    "gemma2": (
        "Gemma2ForCausalLM",
        {
            **LLAMA, "attention_bias": False, "head_dim": 8, "hidden_act": "gelu_pytorch_tanh",
            "hidden_activation": "gelu_pytorch_tanh", "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0,
            "query_pre_attn_scalar": 224, "sliding_window": 4, "sliding_window_size": 4,
            "cache_implementation": "hybrid", "tie_word_embeddings": True,
        },
    ),
    "phi": (
        "PhiForCausalLM",
        {
            "attention_dropout": 0.0, "embd_pdrop": 0.0, "hidden_act": "gelu_new", "hidden_size": 40,
            "intermediate_size": 10, "layer_norm_eps": 1e-5, "max_position_embeddings": 32, "num_attention_heads": 4,
            "num_hidden_layers": 2, "num_key_value_heads": 4, "partial_rotary_factor": 0.4, "qk_layernorm": False,
            "resid_pdrop": 0.1, "rope_scaling": None, "rope_theta": 10000.0, "tie_word_embeddings": False,
            "vocab_size": 30, "auto_map": {"AutoConfig": "configuration_phi.PhiConfig"}, "initializer_range": 0.02,
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_a_config_as_on_the_hub(tmp_path: Path, name: str) -> None:
    kind, words = REAL[name]
    given = {"architectures": [kind], "model_type": name, **words}
    file = tmp_path / "config.json"
    file.write_text(json.dumps(given))
    theirs = getattr(transformers, kind)
    save(tmp_path, theirs, theirs.config_class.from_pretrained(tmp_path))
    file.write_text(json.dumps(given))  # ours reads the older spelling, theirs may have written the newer one
    theirs = theirs.from_pretrained(tmp_path, dtype="float32").eval()
    m = model.load(tmp_path)
    target = [0, 3, 5] if m.config.architecture == "encoder-decoder" else None
    agree(theirs, m, IDS, target)
    if m.config.decoder is not None:
        generated(theirs, m, target)


def generated(theirs: Any, m: model.Model, target: list[int] | None) -> None:
    """The next tokens by greed, with our cache and without, are theirs."""
    n, start = 5, {} if target is None else {"decoder_input_ids": torch.tensor([target])}
    plain = {"max_new_tokens": n, "do_sample": False, "num_beams": 1, "pad_token_id": 0, "eos_token_id": None}
    for key in ("bad_words_ids", "forced_bos_token_id", "forced_eos_token_id", "no_repeat_ngram_size", "max_length"):
        setattr(theirs.generation_config, key, None)
    theirs.generation_config.early_stopping = False
    wanted = theirs.generate(torch.tensor([IDS]), **plain, **start)[0].tolist()[-n:]
    for cache in (True, False):
        steps = list(m.generate(ids=IDS, target=target, max_new_tokens=n, stop=[], cache=cache))
        assert [step.id for step in steps] == wanted


def test_what_is_supported_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "mpt"}')
    save_file({"x": torch.ones(1)}, tmp_path / "model.safetensors")
    with pytest.raises(model.CheckpointError) as caught:
        model.load(tmp_path)
    for name in ("mpt", "gpt2", *REAL):
        assert name in str(caught.value)
