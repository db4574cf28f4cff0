"""Random transformers and inputs for them.

`configs()` draws any of them; `pairs()` are a fixed list in which any two
choices of two seams meet at least once.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from hypothesis import strategies as st

import model
from model.registry import variants

POSITIONAL, MASKS = tuple(variants("positional")), tuple(variants("masks"))
NORMS, MLPS = tuple(variants("norm")), tuple(variants("mlp"))
PLACEMENTS = ("pre", "post", "sandwich")
ARCHITECTURES = ("decoder", "encoder", "encoder-decoder")

# Each seam of a stack and what may be chosen there, in words of `stack_words`.
SEAMS: dict[str, tuple[Any, ...]] = {
    "positional": POSITIONAL,
    "mask": (None, *MASKS),
    "norm": NORMS,
    "norm_placement": PLACEMENTS,
    "mlp": MLPS,
    "heads": ((1, 1), (2, 2), (4, 2), (3, 1), (6, 3)),  # query heads, key/value heads
    "d_head": (2, 4, 6),
    "attn_bias": (True, False),
    "attn_out_bias": (True, False),
    "mlp_bias": (True, False),
    "attn_scale": (None, 0.7),
    "attn_softcap": (None, 2.0),
    "parallel": (False, True),
    "embed_scale": (1.0, 3.5),
    "embed_norm": (False, True),
    "n_segments": (0, 3),
    "final_norm": (None, True, False),
    "variant": (0, 1, 2),  # which of the variants' own numbers
}
# Choices about the whole.
WHOLE: dict[str, tuple[Any, ...]] = {
    "architecture": ARCHITECTURES,
    "tied_unembed": (True, False),
    "unembed_bias": (True, False),
    "unembed": (True, True, False),
    "logit_scale": (1.0, 0.25),
}
OWN: dict[str, tuple[dict[str, Any], ...]] = {
    "rotary": (
        {},
        {"rotary_pairing": "interleaved", "rotary_base": 50.0},
        {"rotary_fraction": 0.5, "rotary_scaling": {"type": "linear", "factor": 2.0}},
    ),
    "sinusoidal": ({}, {"sinusoid_layout": "concatenated"}, {"sinusoid_base": 100.0}),
    "t5": ({}, {"t5_buckets": 8, "t5_max_distance": 6}, {"t5_buckets": 4, "t5_max_distance": 20}),
    "learned": ({}, {"position_offset": 2}, {}),
    "shaw": ({}, {"shaw_clip": 2}, {"shaw_clip": 1}),
    "xpos": ({}, {"rotary_pairing": "half", "xpos_centre": 3}, {"xpos_gamma": 0.1, "xpos_scale_base": 20.0}),
    "rotary_2d": ({}, {"grid_columns": 2, "rotary_pairing": "interleaved"}, {"grid_first": 1}),
    "sinusoidal_2d": ({}, {"sinusoid_layout": "concatenated"}, {"grid_columns": 3, "grid_first": 1}),
    "laplacian": ({}, {"laplacian_k": 2, "laplacian_normalized": True}, {"laplacian_first": True}),
    "magnetic_laplacian": ({}, {"laplacian_k": 3, "magnetic_q": 0.1}, {"laplacian_k": 2, "magnetic_relative": True}),
    "kerple": ({}, {"kerple_kernel": "power"}, {}),
    "fire": ({}, {"fire_length": 3.0, "fire_hidden": 5}, {"fire_length": 1.0}),
    "cope": ({}, {"cope_most": 2}, {"cope_most": 3, "cope_scaled": False}),
    "drawn": (
        {},
        {"drawn_formula": "where(distance > 1, sqrt(distance) / -2, 1.5) * (head + 1) + 0.1 * key"},
        {"drawn_table": [[[0.5, 1.0, -1.0], [2.0, 0.0, 3.0]]]},
    ),
    "learnable_sinusoid": ({}, {"pos_activation": "sigmoid", "pos_residual": True}, {"pos_hidden": 5}),
    "sliding_window": ({}, {"window": 2}, {"window": 3}),
}


def stack_words(picked: dict[str, Any], **sizes: int) -> dict[str, Any]:
    """Words of a StackConfig from one choice a seam. What cannot go together gives way."""
    words = dict(picked)
    words["n_heads"], words["n_kv_heads"] = words.pop("heads")
    which = words.pop("variant")
    parts = (words["positional"], words["mask"])
    words["options"] = {k: v for part in parts for k, v in OWN.get(part, ({},) * 3)[which].items()}
    if (words["positional"] == "rotary" and which == 2) or words["positional"] == "rotary_2d":
        words["d_head"] = 4  # half of it turns, and that half in pairs; or pairs for rows and for columns
    if words["norm_placement"] == "post":
        words["parallel"] = False
    return {"n_layers": 2, "d_model": 12, "d_mlp": 10, "d_vocab": 9, "n_ctx": 12, **words, **sizes}


def build(whole: dict[str, Any], first: dict[str, Any], second: dict[str, Any]) -> model.TransformerConfig:
    """The config of these choices; `second` is the decoder of an encoder-decoder, of other sizes."""
    if whole["architecture"] == "encoder-decoder":
        words = dict(whole)
        encoder = model.StackConfig(**stack_words(first, d_model=8, d_mlp=14))
        decoder = model.StackConfig(**stack_words(second, n_layers=1, d_vocab=7) | {"parallel": False})
        return model.TransformerConfig(**words, encoder=encoder, decoder=decoder)
    return model.TransformerConfig(**whole, **stack_words(first))


@st.composite
def configs(draw: st.DrawFn, **fixed: Any) -> model.TransformerConfig:
    """Any transformer; `fixed` settles seams."""

    def choose(seams: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
        return {k: fixed[k] if k in fixed else draw(st.sampled_from(v)) for k, v in seams.items()}

    return build(choose(WHOLE), choose(SEAMS), choose(SEAMS))


@cache
def pairs(names: tuple[str, ...] | None = None) -> tuple[model.TransformerConfig, ...]:
    """Few configs in which any two choices of two seams occur together (greedy, always the same)."""
    seams = {k: v for k, v in (WHOLE | SEAMS).items() if names is None or k in names}
    left = {
        frozenset({(a, x), (b, y)})
        for a, b in itertools.combinations(seams, 2)
        if {a, b} != {"mlp", "positional"}  # an activation never meets an encoding, and there are many of both
        for x in seams[a]
        for y in seams[b]
    }  # fmt: skip
    rng, found = random.Random(0), []

    def covers(picked: dict[str, Any]) -> set[frozenset]:
        return {frozenset(p) for p in itertools.combinations(picked.items(), 2)} & left

    while left:
        # A pair still missing, and the best of some fillings. Sorted: a set's own order changes from run to run.
        wanted = dict(min(left, key=lambda pair: sorted(map(repr, pair))))
        tries = [{k: wanted.get(k, rng.choice(v)) for k, v in seams.items()} for _ in range(20)]
        best = max(tries, key=lambda t: len(covers(t)))
        left -= covers(best)
        found.append(best)
    out = []
    for picked in found:
        full = {k: picked.get(k, v[0]) for k, v in (WHOLE | SEAMS).items()}
        other = {k: rng.choice(v) for k, v in SEAMS.items()}
        out.append(build({k: full[k] for k in WHOLE}, {k: full[k] for k in SEAMS}, other))
    return tuple(out)


@dataclass(frozen=True)
class Case:
    """A network and arguments to trace it with."""

    network: model.Transformer
    words: dict[str, Any]

    def trace(self, **more: Any) -> model.Trace:
        return self.network.trace(**{**self.words, **more})


def case(
    config: model.TransformerConfig,
    *,
    seed: int = 0,
    padded: bool = False,
    length: int = 5,
    dtype: torch.dtype = torch.float32,
) -> Case:
    """A random network of this config with a random input, the same for the same arguments."""
    rng = random.Random(seed)
    first = config.encoder or config.decoder
    assert first is not None
    words: dict[str, Any] = {"ids": [rng.randrange(first.d_vocab) for _ in range(length)]}
    if first.n_segments:
        words["segments"] = [rng.randrange(first.n_segments) for _ in range(length)]
    if padded:
        # the first token stays: a decoder's query that sees nothing has tests of its own
        words["mask"] = [1, *(rng.randrange(2) for _ in range(length - 2)), 0]
    if config.architecture == "encoder-decoder":
        assert config.decoder is not None
        words["target"] = [rng.randrange(config.decoder.d_vocab) for _ in range(length + 1)]
    return Case(model.Transformer(config, seed=seed).to(dtype), words)


def cases(**fixed: Any) -> st.SearchStrategy[Case]:
    return st.builds(
        case, configs(**fixed), seed=st.integers(0, 10_000), padded=st.booleans(), length=st.integers(2, 7)
    )  # fmt: skip


def label(config: model.TransformerConfig) -> str:
    """Short name for test ids."""
    s = config.encoder or config.decoder
    assert s is not None
    parts = (
        config.architecture,
        s.positional,
        s.mask,
        s.norm,
        s.norm_placement,
        s.mlp,
        s.n_heads,
        s.n_kv_heads,
    )
    return "-".join(map(str, parts))


# Words of less common parts. `more()` puts them beside random choices of the seams above.
MORE: dict[str, tuple[Any, ...]] = {
    "shared_norm": (False, True),
    "qk_norm": (None, "rms", "layer", "rms_plus_one"),
    "moe": (None, "top_k"),
    "embed": ({}, {}, {"d_embed": 6}, {"d_embed": 6, "embed_proj": "token", "embed_proj_bias": True}),
    "masks": (None, ("causal", "sliding_window"), ("padding", "causal")),
    "sharing": (None, (0, 0)),
}
MORE_WHOLE: dict[str, tuple[Any, ...]] = {
    "head": (None, "masked_word", "projection", "pooler"),
    "head_act": ("gelu", "tanh", "relu"),
    "n_labels": (0, 3),
    "logit_softcap": (None, 2.0),
}


def more_words(picked: dict[str, Any], more: dict[str, Any], **sizes: int) -> dict[str, Any]:
    """Words of a StackConfig that has some of the less common parts. What cannot go together gives way."""
    words = stack_words(picked, **sizes)
    words |= {"qk_norm": more["qk_norm"], "moe": more["moe"], **more["embed"]}
    words["shared_norm"] = more["shared_norm"] and words["parallel"]
    if more["masks"] is not None and words["n_layers"] == 2:
        words["mask"] = more["masks"]
        words["options"].pop("window", None)
        words["options"] |= {"window": 2} if "sliding_window" in more["masks"] else {}
    if words["n_layers"] == 2:
        words["shared_layers"] = more["sharing"]
    if more["moe"] is not None:
        words["options"] |= {"n_experts": 3, "experts_per_token": 2}
    return words


@cache
def more(n: int = 48) -> tuple[model.TransformerConfig, ...]:
    """Random configs with less common parts, always the same."""
    rng, out = random.Random(5), []

    def pick(seams: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
        return {k: rng.choice(v) for k, v in seams.items()}

    for _ in range(n):
        whole = {**pick(WHOLE), **pick(MORE_WHOLE)}
        if whole["n_labels"]:
            whole |= {"unembed": True, "tied_unembed": False}
        if whole["head"] in (None, "pooler"):
            whole["tied_unembed"] = False
        if whole["architecture"] == "encoder-decoder":
            first = more_words(pick(SEAMS), pick(MORE), d_model=8, d_mlp=14)
            second = more_words(pick(SEAMS) | {"parallel": False}, pick(MORE), n_layers=1, d_vocab=7)
            stacks: dict[str, Any] = {"encoder": model.StackConfig(**first), "decoder": model.StackConfig(**second)}
            out.append(model.TransformerConfig(**whole, **stacks))
        else:
            out.append(model.TransformerConfig(**whole, **more_words(pick(SEAMS), pick(MORE))))
    return tuple(out)
