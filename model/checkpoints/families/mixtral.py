"""Mixtral (Jiang et al. 2024, 2401.04088): Mistral with a mixture of experts in place of each MLP.

Hub files hold each expert's three matrices apart (w1 the gate, w3 the linear branch, w2 the way out); version 5 of
transformers may write all experts of a layer as two tensors.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from model.checkpoints.families import llama
from model.checkpoints.reader import ConfigReader, Source
from model.checkpoints.tables import Entries, end, first
from model.config import StackConfig, TransformerConfig

FAMILY = "mixtral"
MOST_EXPERTS = 16_384  # in all layers together, where a file holds those of a layer in one tensor
unused = llama.unused


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    # Noise and losses belong to training.
    reader.ignore("output_router_logits", "router_aux_loss_coef", "router_jitter_noise")
    reader.refuse("attention_bias", False, "its projections have no biases")
    reader.refuse("mlp_bias", False, "its MLP has no biases")
    words = llama.shared(reader, eps=1e-5, base=1e6, kv_heads=8)
    words["moe"] = "top_k"
    if words["n_layers"] * reader.integer("num_local_experts", 8) > max(len(keys), MOST_EXPERTS):
        reader.wrong("num_local_experts", f"is too many for {len(keys)} tensors")  # each costs time to build
    words["options"] |= {
        "n_experts": reader.integer("num_local_experts", 8, most=4096),
        "experts_per_token": reader.integer("num_experts_per_tok", 2),
    }
    size = reader.get("sliding_window")
    if size is not None:
        words["mask"], size = "sliding_window", reader.integer("sliding_window")
    return TransformerConfig(**llama.window(words, size), **end(reader, keys, tied=False))


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    return llama.table(config, keys, llama.NORMS, experts)


def experts(ours: str, theirs: str, stack: StackConfig, keys: set[str]) -> Entries:
    """The router and the experts of one layer, in any of the spellings."""
    moe = f"{theirs}{'mlp' if f'{theirs}mlp.gate.weight' in keys else 'block_sparse_moe'}."
    yield f"{ours}moe.W_router", Source(f"{moe}gate.weight")
    together = first(keys, f"{moe}experts.gate_up_proj", f"{moe}experts.gate_up_proj.weight")
    for e in range(int(stack.option("n_experts"))):
        expert = f"{ours}moe.experts.{e}."
        if together in keys:
            yield f"{expert}W_gate", Source(together, half(e, 0))
            yield f"{expert}W_in", Source(together, half(e, 1))
            yield f"{expert}W_out", Source(together.replace("gate_up_proj", "down_proj"), one(e))
            continue
        for letter, name in (("gate", "w1"), ("in", "w3"), ("out", "w2")):
            yield f"{expert}W_{letter}", Source(f"{moe}experts.{e}.{name}.weight")


def one(e: int) -> Callable[[Tensor], Tensor]:
    """Expert e of a tensor of all, [expert, out, in]."""
    return lambda x: x[e]


def half(e: int, part: int) -> Callable[[Tensor], Tensor]:
    """The gate (0) or the linear branch (1) of expert e: they lie one after the other along `out`."""
    return lambda x: x[e].chunk(2)[part]
