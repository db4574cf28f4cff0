"""Small networks that together have every variant of every part, traced."""

from functools import cache
from typing import Any

import torch

from model import Trace, Transformer, TransformerConfig
from model.registry import variants

SMALL: dict[str, Any] = {"n_layers": 2, "n_heads": 4, "d_model": 8, "d_mlp": 6, "d_vocab": 7, "n_ctx": 6}
SEAMS = {"positional": "positional", "attention": "attention", "mask": "masks", "norm": "norm", "mlp": "mlp"}
# What a variant cannot do without.
NEEDS: dict[str, dict[str, Any]] = {"rotary_2d": {"d_head": 4}}
KV_HEADS = {"grouped_query": 2, "multi_query": 1}


def _configs() -> dict[str, TransformerConfig]:
    found = {}
    for word, package in SEAMS.items():
        for name in variants(package):
            more: dict[str, Any] = {"n_kv_heads": KV_HEADS[name]} if name in KV_HEADS else {}
            found[f"{word}={name}"] = TransformerConfig(**{**SMALL, word: name, **more, **NEEDS.get(name, {})})
    for placement in ("post", "sandwich"):
        for norm in variants("norm"):
            config = TransformerConfig("encoder", **SMALL, norm=norm, norm_placement=placement, mlp_bias=False)
            found[f"{placement}, {norm}"] = config
        for positional in ("learned", "rotary", "alibi", "t5"):
            found[f"encoder-decoder, {placement}, {positional}"] = TransformerConfig(
                "encoder-decoder", **SMALL, norm_placement=placement, positional=positional
            )
    found["encoder-decoder, t5"] = TransformerConfig("encoder-decoder", **SMALL, positional="t5", norm="rms")
    found["parallel, capped"] = TransformerConfig(**SMALL, parallel=True, attn_softcap=2.0, embed_scale=2.5)
    found["segments, embed norm"] = TransformerConfig(
        "encoder", **SMALL, n_segments=2, embed_norm=True, attn_bias=False, tied_unembed=True
    )
    found["experts"] = TransformerConfig(
        **SMALL, moe="top_k", mlp="swiglu", qk_norm="rms", options={"n_experts": 6, "experts_per_token": 1}
    )
    found["a mask a layer"] = TransformerConfig(**SMALL, mask=("causal", "sliding_window"), logit_softcap=3.0)
    for head in variants("head"):
        if head == "mean_token":  # of pictures only
            continue
        labels: dict[str, Any] = {"n_labels": 3} if head in ("pooler", "first_token") else {}
        found[f"head={head}"] = TransformerConfig("encoder", **SMALL, head=head, qk_norm="layer", **labels)
    found["narrow embedding"] = TransformerConfig("encoder", **SMALL, d_embed=4, shared_layers=(0, 0))
    found["bare"] = TransformerConfig("encoder", **SMALL, unembed=False, norm="none", positional="none")
    found["scaled logits"] = TransformerConfig(**SMALL, logit_scale=0.5, unembed_bias=True)
    found |= _pictures()
    return found


def _pictures() -> dict[str, TransformerConfig]:
    """Vision transformers: with and without [CLS], with each kind of place that patches have."""
    vit: dict[str, Any] = {
        "architecture": "encoder", "n_layers": 2, "n_heads": 2, "d_model": 8, "d_mlp": 6, "image": (2, 4, 6),
        "patch": (2, 3), "n_labels": 3, "unembed_bias": True,
    }  # fmt: skip
    return {
        "pictures": TransformerConfig(**vit, head="first_token"),
        "pictures, mean": TransformerConfig(**vit, head="mean_token", cls_token=False, positional="sinusoidal_2d"),
        "pictures, waves": TransformerConfig(**vit, head="pooler", positional="sinusoidal_2d", embed_norm=True),
        "pictures, turned": TransformerConfig(**vit, head="mean_token", positional="rotary_2d"),
        "pictures, bare": TransformerConfig(**{**vit, "n_labels": 0, "unembed_bias": False}, unembed=False),
    }


CONFIGS = _configs()
NAMES = list(CONFIGS)


@cache
def trace(name: str, padded: bool = False) -> Trace:
    network = Transformer(CONFIGS[name])
    if (encoder := CONFIGS[name].encoder) is not None and encoder.image is not None:
        return network.trace(features=torch.randn(encoder.image, generator=torch.Generator().manual_seed(0)))
    target: dict[str, Any] = {"target": [1, 2, 3]} if CONFIGS[name].architecture == "encoder-decoder" else {}
    return network.trace(ids=[1, 2, 3, 4], mask=[1, 1, 1, 0] if padded else None, **target)


def cases() -> list[tuple[str, bool]]:
    """Every network without padding, and one of each architecture with."""
    padded = ["positional=learned", "segments, embed norm", "encoder-decoder, t5"]
    return [(name, False) for name in NAMES] + [(name, True) for name in padded]
