"""Reading a Hugging Face config.json so that nothing in it is overlooked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from torch import Tensor

from model.errors import CheckpointError

# Keys that never change what a forward pass computes: bookkeeping, training, generation, labels.
# fmt: off
IGNORED = frozenset([
    "_name_or_path", "transformers_version", "architectures", "model_type", "dtype", "torch_dtype",
    "output_hidden_states", "output_attentions", "return_dict", "return_dict_in_generate", "use_cache",
    "is_encoder_decoder", "chunk_size_feed_forward", "problem_type", "id2label", "label2id", "num_labels",
    "initializer_range", "initializer_factor", "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id",
    "cls_token_id", "unk_token_id", "decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id",
    "max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty",
    "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size",
    "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "output_scores",
    "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens", "remove_invalid_values", "prefix",
    "tokenizer_class", "task_specific_params", "finetuning_task", "attn_implementation",
    "_attn_implementation_autoset", "gradient_checkpointing", "torchscript", "use_bfloat16", "tf_legacy_loss",
    "summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels", "summary_first_dropout",
    "summary_hidden_dropout", "pretraining_tp", "language", "output_past",
    "_num_labels", "auto_map", "transformers.js_config", "is_llama_config", "max_sequence_length", "unsloth_fixed",
    "unsloth_version",
])
# fmt: on


def as_it_is(x: Tensor) -> Tensor:
    return x


def by_head(n_heads: int, stored: str = "out, in") -> Callable[[Tensor], Tensor]:
    """An output projection as our W_O, [head, d_head, d_model], from [d_model, head * d_head] or its transpose."""
    return lambda x: (x.t() if stored == "out, in" else x).unflatten(0, (n_heads, -1))


@dataclass(frozen=True)
class Source:
    """Where one of our parameters comes from: a tensor of theirs, and what to take of it."""

    key: str
    take: Callable[[Tensor], Tensor] = as_it_is


class ConfigReader:
    """Hands out config values and remembers which were asked for."""

    def __init__(self, given: dict[str, Any], family: str):
        self.given, self.family = given, family
        self.seen: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key; `default` when it is absent or null."""
        self.seen.add(key)
        value = self.given.get(key)
        return default if value is None else value

    def need(self, key: str) -> Any:
        value = self.get(key)
        if value is None:
            raise CheckpointError(f"config.json of a {self.family} needs {key}; it is missing.")
        return value

    def integer(self, key: str, default: int | None = None, most: int = 2**31 - 1) -> int:
        value = self.need(key) if default is None else self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise CheckpointError(f"config.json: {key}={value!r} must be a whole number from 0 to {most}.")
        return value

    def number(self, key: str, default: float) -> float:
        value = self.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= sys.float_info.max:
            raise CheckpointError(f"config.json: {key}={value!r} must be a number.")
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.get(key, default)
        if not isinstance(value, bool):
            raise CheckpointError(f"config.json: {key}={value!r} must be true or false.")
        return value

    def labels(self) -> int:
        """How many labels a classifier tells apart: those it names, else two."""
        named = self.get("id2label", {})
        if not isinstance(named, dict):
            raise CheckpointError(f"config.json: id2label={named!r} must be an object.")
        return len(named) or self.integer("num_labels", 2)

    def ignore(self, *keys: str) -> None:
        """Keys that do not change the numbers of this family."""
        self.seen.update(keys)

    def refuse(self, key: str, value: Any, why: str) -> None:
        """Raises when the config has `key` set to anything but `value`."""
        if self.get(key, value) != value:
            raise CheckpointError(f"config.json: {key}={self.given[key]!r} is not supported in a {self.family}: {why}.")

    def wrong(self, key: str, why: str) -> NoReturn:
        """Raises for a value that cannot be used."""
        raise CheckpointError(f"config.json: {key}={self.given.get(key)!r} {why}.")

    def refuse_unknown(self) -> None:
        """Raises for a key nobody asked for: it might change what the model computes. A null says nothing."""
        unknown = sorted(k for k in set(self.given) - self.seen - IGNORED if self.given[k] is not None)
        if unknown:
            raise CheckpointError(
                f"config.json has {unknown[0]}={self.given[unknown[0]]!r}, which this app does not know for "
                f"a {self.family}; it might change the numbers, so the model is not loaded."
            )

    def activation(self, value: str, gated: bool = False) -> str:
        """Our name of a Hugging Face activation. Raises for those without a counterpart."""
        table = GATED if gated else ACTIVATIONS
        if not isinstance(value, str) or value not in table:
            raise CheckpointError(
                f"activation {value!r} is not supported in a {self.family}; supported: {', '.join(sorted(table))}."
            )
        return table[value]


ACTIVATIONS = {
    "relu": "relu", "gelu": "gelu", "gelu_python": "gelu", "gelu_new": "gelu_tanh", "gelu_fast": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh", "gelu_python_tanh": "gelu_tanh", "gelu_accurate": "gelu_tanh",
    "gelu_10": "gelu_clipped", "silu": "silu", "swish": "silu", "quick_gelu": "quick_gelu",
    "relu2": "relu_squared", "relu6": "relu6", "tanh": "tanh", "sigmoid": "sigmoid", "mish": "mish",
    "leaky_relu": "leaky_relu", "linear": "linear", "hardswish": "hardswish", "laplace": "laplace",
    "sqrtsoftplus": "sqrt_softplus",
}  # fmt: skip
GATED = {
    "silu": "swiglu", "swish": "swiglu", "gelu": "geglu", "gelu_python": "geglu", "gelu_new": "geglu_tanh",
    "gelu_fast": "geglu_tanh", "gelu_pytorch_tanh": "geglu_tanh", "gelu_accurate": "geglu_tanh", "relu": "reglu",
}  # fmt: skip
