"""OPT (Zhang et al. 2022, 2205.01068). The 350M is the odd one: norms after the sums, and narrow embeddings that are
projected in front of the first block and back behind the last.

Trap: the table of positions begins with two rows that no position uses.
"""

from __future__ import annotations

from typing import Any

from model.checkpoints.reader import ConfigReader, Source, by_head
from model.checkpoints.tables import Entries, end, linear, norm, prefix
from model.config import TransformerConfig

FAMILY = "opt"
OFFSET = 2


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.ignore("dropout", "attention_dropout", "activation_dropout", "layerdrop", "init_std")
    before, d_model = reader.flag("do_layer_norm_before", True), reader.integer("hidden_size")
    affine, bias = reader.flag("layer_norm_elementwise_affine", True), reader.flag("enable_bias", True)
    removed = reader.flag("_remove_final_layer_norm", False)
    width = reader.integer("word_embed_proj_dim", d_model)
    narrow: dict[str, Any] = {} if width == d_model else {"d_embed": width, "embed_proj": "token", "head": "projection"}
    return TransformerConfig(
        n_layers=reader.integer("num_hidden_layers", most=10_000), n_heads=reader.integer("num_attention_heads"),
        d_model=d_model, d_mlp=reader.integer("ffn_dim"), d_vocab=reader.integer("vocab_size"),
        n_ctx=reader.integer("max_position_embeddings"), positional="learned", options={"position_offset": OFFSET},
        norm="layer" if affine else "layer_plain", norm_placement="pre" if before else "post",
        final_norm=before and not removed, attn_bias=bias, mlp_bias=bias,
        mlp=reader.activation(reader.get("activation_function", "relu")), **narrow, **end(reader, keys, tied=True),
    )  # fmt: skip


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    p, stack = prefix(keys, "model.decoder.", "decoder."), config.last
    bias, affine = stack.attn_bias, stack.norm == "layer"
    yield "decoder.W_E", Source(f"{p}embed_tokens.weight")
    yield "decoder.positional.W_pos", Source(f"{p}embed_positions.weight")
    if stack.d_embed is not None:
        yield "decoder.W_proj", Source(f"{p}project_in.weight")
        yield "head.W", Source(f"{p}project_out.weight")
    norms = {"ln1": "self_attn_layer_norm", "ln2": "final_layer_norm"} if affine else {}
    for i in range(stack.n_layers):
        ours, theirs = f"decoder.blocks.{i}.", f"{p}layers.{i}."
        for letter in "QKV":
            yield from linear(f"{ours}attn.", letter, f"{theirs}self_attn.{letter.lower()}_proj", bias)
        yield from linear(f"{ours}attn.", "O", f"{theirs}self_attn.out_proj", bias, by_head(stack.n_heads))
        for here, there in norms.items():
            yield from norm(f"{ours}{here}", f"{theirs}{there}", keys)
        yield from linear(f"{ours}mlp.", "in", f"{theirs}fc1", bias)
        yield from linear(f"{ours}mlp.", "out", f"{theirs}fc2", bias)
    if stack.final_norm and affine:
        yield from norm("decoder.ln_final", f"{p}final_layer_norm", keys)
    if config.unembed and not config.tied_unembed:
        yield "W_U", Source("lm_head.weight")


def unused(key: str, config: TransformerConfig) -> bool:  # noqa: ARG001
    return False
