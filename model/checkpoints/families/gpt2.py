"""GPT-2 (Radford et al. 2019). Its linear layers are stored [in, out], queries, keys and values side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from torch import Tensor

from model.checkpoints.reader import ConfigReader, Source, by_head
from model.config import TransformerConfig

FAMILY = "gpt2"


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    d_model, n_heads, n_layers = (
        reader.integer("n_embd"),
        reader.integer("n_head"),
        reader.integer("n_layer", most=10_000),
    )
    reader.refuse("add_cross_attention", False, "it reads a memory that this app does not give it")
    # Dropout plays no part when a model is read, and upcasting only changes how half types round.
    reader.ignore("resid_pdrop", "embd_pdrop", "attn_pdrop", "reorder_and_upcast_attn", "n_ctx")
    scale = max(d_model // max(n_heads, 1), 1) ** -0.5 if reader.flag("scale_attn_weights", True) else 1.0
    by_layer = reader.flag("scale_attn_by_inverse_layer_idx", False)
    tied = reader.flag("tie_word_embeddings", True)
    return TransformerConfig(
        n_layers=n_layers, n_heads=n_heads, d_model=d_model, d_vocab=reader.integer("vocab_size"),
        n_ctx=reader.integer("n_positions"), d_mlp=reader.integer("n_inner", 4 * d_model), positional="learned",
        norm="layer", norm_eps=reader.number("layer_norm_epsilon", 1e-5),
        mlp=reader.activation(reader.get("activation_function", "gelu_new")),
        attn_scale=tuple(scale / (i + 1) if by_layer else scale for i in range(n_layers)),
        tied_unembed=tied, unembed=tied or "lm_head.weight" in keys,
    )  # fmt: skip


def weights(config: TransformerConfig, keys: set[str]) -> Iterator[tuple[str, Source]]:
    p = "transformer." if any(key.startswith("transformer.") for key in keys) else ""
    yield "decoder.W_E", Source(f"{p}wte.weight")
    yield "decoder.positional.W_pos", Source(f"{p}wpe.weight")
    for i in range(config.n_layers):
        ours, theirs = f"decoder.blocks.{i}.", f"{p}h.{i}."
        for part, name in enumerate("QKV"):
            yield f"{ours}attn.W_{name}", Source(f"{theirs}attn.c_attn.weight", third(part))
            yield f"{ours}attn.b_{name}", Source(f"{theirs}attn.c_attn.bias", third(part))
        yield (
            f"{ours}attn.W_O",
            Source(f"{theirs}attn.c_proj.weight", by_head(config.n_heads, stored="in, out")),
        )
        yield f"{ours}attn.b_O", Source(f"{theirs}attn.c_proj.bias")
        for norm in ("ln1", "ln2"):
            yield f"{ours}{norm}.w", Source(f"{theirs}{norm[:2]}_{norm[2]}.weight")
            yield f"{ours}{norm}.b", Source(f"{theirs}{norm[:2]}_{norm[2]}.bias")
        yield f"{ours}mlp.W_in", Source(f"{theirs}mlp.c_fc.weight", Tensor.t)
        yield f"{ours}mlp.b_in", Source(f"{theirs}mlp.c_fc.bias")
        yield f"{ours}mlp.W_out", Source(f"{theirs}mlp.c_proj.weight", Tensor.t)
        yield f"{ours}mlp.b_out", Source(f"{theirs}mlp.c_proj.bias")
    yield "decoder.ln_final.w", Source(f"{p}ln_f.weight")
    yield "decoder.ln_final.b", Source(f"{p}ln_f.bias")
    if config.unembed and not config.tied_unembed:
        yield "W_U", Source("lm_head.weight")


def third(part: int) -> Callable[[Tensor], Tensor]:
    """The part-th third of the last axis, as [out, in] or [out]."""
    return partial(_third, part)


def _third(part: int, x: Tensor) -> Tensor:
    if x.shape[-1] % 3:
        raise ValueError("its last axis must hold queries, keys and values")
    return x.chunk(3, dim=-1)[part].t()


def unused(key: str, config: TransformerConfig) -> bool:
    """Causal masks that old files store as tensors; a copy of the embedding where the head is tied."""
    return key.endswith((".attn.bias", ".attn.masked_bias")) or (config.tied_unembed and key == "lm_head.weight")
