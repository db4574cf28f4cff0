"""The algorithm of Phuong and Hutter (2022, arXiv 2207.09238) that a stage belongs to, and its lines there.

Names of algorithms and remarks on what differs here are in the catalogue, [algorithms].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model import StackConfig, Stage, TransformerConfig
from model.registry import find
from viz.algorithms import ALGORITHMS
from viz.chosen import is_gated, norm_of, within_head
from viz.prose import Catalogue
from viz.words import key, place, side

# What the paper has no algorithm for.
EXEMPT = frozenset({
    "features", "patches", "patch_embed", "cls",
    "mask", "segments", "segment_embed", "pos_ids", "embed_proj", "rot_q", "rot_k", "capped", "bias",
    "moe.router_logits", "moe.chosen", "moe.chosen_logits", "moe.weights",
    "z_pos", "distance_share", "gates", "counted", "rel_k", "query_distance", "key_bias", "distance_bias",
    "pos_waves", "pos_pre", "pos_act", "links", "pos_eigen",
    "expert.positions", "expert.in", "expert.pre", "expert.pre_linear", "expert.post", "expert.out",
    "logits_uncapped", "pooler.first", "pooler.average", "pooler.dense", "pooler.act",
})  # fmt: skip

WHOLE = {"encoder": 9, "decoder": 10, "encoder-decoder": 8}  # a transformer from tokens to probabilities
# Lines of these by what happens in them; in an encoder-decoder the decoder's have a name of their own.
_LINES: dict[int, dict[str, int]] = {
    8: {
        "input": 0, "embed": 2, "stack": 3, "loop": 4, "attention": 5, "mlp": 7,
        "decoder.embed": 11, "decoder.stack": 12, "decoder.loop": 13, "decoder.attention": 14,
        "decoder.cross": 16, "decoder.mlp": 18,
    },
    9: {"input": 0, "embed": 2, "stack": 3, "loop": 4, "attention": 5, "mlp": 7, "dense": 10},
    10: {"input": 0, "embed": 2, "stack": 3, "loop": 4, "attention": 6, "mlp": 8},
}  # fmt: skip
_ACTIVATION = {8: "relu", 9: "gelu", 10: "gelu"}
_PLACEMENT = {8: "post", 9: "post", 10: "pre"}
_IN_ATTENTION = {"q": 1, "k": 2, "v": 3, "qk": 4, "attn_scores": 5, "pattern": 6, "z": 6}
_IN_NORM = {"ln.mean": 1, "ln.scale": 2, "ln.standardized": 3, "ln.normalized": 3}
# Stages that are a line of a whole transformer.
_IN_WHOLE = {
    "tokens": "input", "embed_sum": "stack", "embed_proj.sum": "embed", "ln.sum": "embed", "resid_pre": "loop",
    "resid_mid": "attention", "resid_cross": "cross", "resid_post": "mlp", "pre": "mlp", "pre_linear": "mlp",
    "post": "mlp", "mlp.out": "mlp", "mlp_out": "mlp",
}  # fmt: skip


def pseudocode(stage: Stage, config: TransformerConfig, said: Catalogue) -> dict[str, Any] | None:
    """`StagePage.pseudo` of types.ts; None where the paper has no such algorithm."""
    k = key(stage)
    c = side(config, place(stage, config).stack)
    if k in EXEMPT or (c.moe is not None and k in ("mlp_out", "mlp.out")):
        return None
    found = _found(k, stage, config)
    if found is None:
        return None
    number, current = found
    remarks = dict.fromkeys(["transposed", *_remarks(number, k, stage, c)])
    return {
        "algorithm": said.text("algorithms", str(number)),
        "source": said.text("algorithms", "source"),
        "lines": ALGORITHMS[number],
        "current": current,
        "note": said.space.join(said.text("algorithms", r) for r in remarks),
    }


def _found(k: str, stage: Stage, config: TransformerConfig) -> tuple[int, list[int]] | None:
    """The algorithm's number and the lines."""
    pictures = config.last.image is not None
    if k == "pos_embed" or (k == "embed" and not pictures):
        return (1 if k == "embed" else 2), [1]
    if k in _IN_ATTENTION:
        return 4, [_IN_ATTENTION[k]]
    if k in ("result", "attn.out", "cross_attn.out", "attn_out", "cross_attn_out"):
        return 5, [4]
    if k in _IN_NORM:
        return 6, [_IN_NORM[k]]
    if k in ("logits", "probs"):
        return 7, [1]
    whole = WHOLE[config.architecture]
    if k in ("head.dense", "head.act"):
        return 9, [_LINES[9]["dense"]]
    line = "embed" if k == "embed" else _IN_WHOLE.get(k)
    if line is None:
        return None
    # The decoder's blocks have a prefix; what has none belongs to the only stack.
    lines = _LINES[whole]
    own = f"decoder.{line}" if stage.name.startswith("decoder.") else line
    return whole, [lines[own if own in lines else line]]


def _remarks(number: int, k: str, stage: Stage, c: StackConfig) -> Iterator[str]:
    """Keys of what is different here."""
    if k == "pos_embed" and not c.positional.startswith("learned"):
        yield "computed_positions"
    if number == 4:
        if k in ("qk", "pattern"):
            yield "scaled_early"
        if k == "attn_scores":
            yield "masked_late"
        if any(r.endswith(".bias") for r in stage.reads):
            yield "biased"
        if k in ("k", "v") and c.kv_heads != c.n_heads:
            yield "shared_heads"
    if number == 5:
        yield "by_head"
    if number == 6:
        yield from _about_norm(k, stage, c)
    if number == 7:
        if stage.axes[-1] != "d_vocab":
            yield "labels"
        if k == "logits":
            yield "no_softmax"
    if number in WHOLE.values():
        yield from _about_whole(number, k, c)


def _about_norm(k: str, stage: Stage, c: StackConfig) -> Iterator[str]:
    kind = norm_of(stage, c)
    if not kind.centred:
        yield "rms"
    elif k == "ln.normalized" and not (kind.gain and kind.offset):
        yield "no_offset"
    if k == "ln.scale":
        yield "eps"
    if within_head(stage):
        yield "per_head"
    if stage.name.startswith("head."):
        yield "head_norm"


def _about_whole(number: int, k: str, c: StackConfig) -> Iterator[str]:
    if k == "embed":
        yield "patches"
    if k in ("embed_sum", "embed_proj.sum", "ln.sum"):
        if not find("positional", c.positional).embeds:
            yield "no_table"
        if c.n_segments:
            yield "more_terms"
        if c.image is not None:
            yield "patches"
    if k in ("pre", "pre_linear", "post"):
        if is_gated(c):
            yield "gated"
        elif c.mlp != _ACTIVATION[number]:
            yield "activation"
    if k.startswith("resid"):
        if c.norm_placement != _PLACEMENT[number]:
            yield "placement"
        if c.parallel:
            yield "parallel"
