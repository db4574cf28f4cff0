"""Our weights inside Hugging Face's ViT, for a classifier of pictures that has no folder of its own."""

from __future__ import annotations

from typing import Any

from model.checkpoints.families import vit
from model.checkpoints.reader import ACTIVATIONS
from model.config import TransformerConfig
from model.model import Model


def vit_shaped(model: Model) -> bool:
    """Whether Hugging Face's ViT code can compute this model."""
    c, stack = model.config, model.config.encoder
    if stack is None or stack.image is None or stack.mlp not in ACTIVATIONS.values() or not c.n_labels:
        return False
    return c == TransformerConfig(
        "encoder", image=stack.image, patch=stack.patch, d_model=stack.d_model, n_layers=stack.n_layers,
        n_heads=stack.n_heads, d_mlp=stack.d_mlp, mlp=stack.mlp, norm_eps=stack.norm_eps, attn_bias=stack.attn_bias,
        attn_out_bias=True, head="first_token", n_labels=c.n_labels, unembed_bias=True,
    )  # fmt: skip


def as_vit(model: Model) -> Any:
    """By the family's own table read backwards."""
    from transformers import ViTConfig, ViTForImageClassification

    c = model.config
    channels, *size = c.image
    theirs = ViTForImageClassification(ViTConfig(
        hidden_size=c.d_model, num_hidden_layers=c.n_layers, num_attention_heads=c.n_heads, intermediate_size=c.d_mlp,
        hidden_act=next(name for name, ours in ACTIVATIONS.items() if ours == c.mlp), layer_norm_eps=c.norm_eps,
        image_size=size, patch_size=list(c.patch), num_channels=channels, qkv_bias=c.attn_bias, num_labels=c.n_labels,
        attn_implementation="eager",
    )).eval()  # fmt: skip
    wanted, ours = theirs.state_dict(), dict(model.network.named_parameters())
    state = {}
    for path, source in vit.weights(c, set(wanted)):
        x = ours[path].detach().float().cpu()
        x = x.flatten(0, 1).t() if path.endswith("W_O") else x
        state[source.key] = x.reshape(wanted[source.key].shape).contiguous()
    theirs.load_state_dict(state)
    return theirs
