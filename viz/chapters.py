"""The walk through a trace: a step a stage, and chapters, runs of steps of one kind in one block.

Everything follows from the names of stages and from what they are the same as; no model is known by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model import Stage, Trace, TransformerConfig
from viz.words import Place, key, place

# Every key a chapter may have, in the order they usually come.
KEYS = (
    "tokens", "picture", "patches", "embedding", "position", "embed_norm", "next_layer", "norm",
    "qkv", "rotate", "scores", "bias", "content_bias", "mask", "bias_mask", "softmax", "values", "heads", "attn_out",
    "residual", "cross_qkv", "cross_scores", "cross_mask", "cross_softmax", "cross_values", "cross_heads",
    "cross_attn_out",
    "mlp", "router", "experts", "final_norm", "pooler", "gather", "head", "unembed", "probs", "predict", "fill", "loss",
)  # fmt: skip
_IN_ATTENTION = {
    "q": "qkv", "k": "qkv", "v": "qkv", "q_norm": "qkv", "k_norm": "qkv", "rot_q": "rotate", "rot_k": "rotate",
    "qk": "scores", "capped": "scores", "bias": "bias", "pattern": "softmax", "z": "values", "result": "heads",
    "out": "attn_out", "z_pos": "values", "gates": "bias", "counted": "bias", "distance_share": "bias", "rel_k": "bias",
    "query_distance": "bias", "key_bias": "bias", "distance_bias": "bias",
}  # fmt: skip
_OUTSIDE = {
    "features": "picture", "patches": "picture", "patch_embed": "patches", "cls": "patches",
    "tokens": "tokens", "segments": "position", "mask": "tokens", "embed": "embedding", "pos_embed": "position",
    "pos_ids": "position", "pos_waves": "position", "pos_pre": "position", "pos_act": "position", "links": "position",
    "pos_eigen": "position", "segment_embed": "position", "ln_embed": "embed_norm", "ln_final": "final_norm",
    "pooler": "pooler", "head": "head", "logits_uncapped": "unembed", "probs": "probs",
    "attn_out": "attn_out", "cross_attn_out": "cross_attn_out",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One press of "next". stage: its place in `trace.stages`; show: "stage", "predict" or "loss"."""

    stage: int
    show: str
    chapter: int


@dataclass(frozen=True)
class Chapter:
    """Steps `first` to `last`, both included. side: "", "encoder" or "decoder"; layer: None outside the blocks."""

    key: str
    side: str
    layer: int | None
    first: int
    last: int


@dataclass(frozen=True)
class Walk:
    """All steps and chapters, and where each stage is, in the order computed."""

    steps: tuple[Step, ...]
    chapters: tuple[Chapter, ...]
    places: tuple[Place, ...]


def config_of(trace: Trace) -> TransformerConfig:
    """The configuration, also of a trace that was opened without its model."""
    return trace.network.config if trace.network is not None else TransformerConfig.from_dict(trace.config)


def walk(trace: Trace) -> Walk:
    """The steps of a trace: every stage once, then the looks at what is predicted: the next token, or the one there."""
    stages = trace.stages
    config = config_of(trace)
    places = [place(s, config) for s in stages]
    kinds = [(k, p.stack or "", p.layer) for k, p in zip(_keys(stages), places, strict=True)]
    shown = [(i, "stage") for i in range(len(stages))]
    if (last := _scoring(trace)) is not None:
        at = next(i for i, s in enumerate(stages) if s.name == last)
        looks = [("predict", "predict"), ("loss", "loss")] if predicting(trace) else [("predict", "fill")]
        shown += [(at, show) for show, _ in looks]
        kinds += [(word, "", None) for _, word in looks]
    chapters: list[Chapter] = []
    steps = []
    for number, ((stage, show), (word, side, layer)) in enumerate(zip(shown, kinds, strict=True)):
        run = chapters[-1] if chapters else None
        if run is not None and (run.key, run.side, run.layer) == (word, side, layer):
            chapters[-1] = Chapter(word, side, layer, run.first, number)
        else:
            chapters.append(Chapter(word, side, layer, number, number))
        steps.append(Step(stage, show, len(chapters) - 1))
    return Walk(tuple(steps), tuple(chapters), tuple(places))


def predicting(trace: Trace) -> str | None:
    """The stage that scores every token of the vocabulary as the next one: of decoders only."""
    return None if trace.config["architecture"] == "encoder" else _scoring(trace)


def _scoring(trace: Trace) -> str | None:
    """The stage that scores every token of the vocabulary at every position."""
    found = (n for n in ("probs", "logits") if n in trace and trace.stage(n).axes == ("position", "d_vocab"))
    return next(found, None)


def _keys(stages: list[Stage]) -> Iterator[str]:
    """The kind of chapter of each stage."""
    before, found, names = "", [], {s.name for s in stages}
    for stage in stages:
        before = _key(stage, before)
        found.append(before)
    of_bias = (s for s, word in zip(stages, found, strict=True) if word == "bias" and s.local != "attn_scores")
    by_content = any(read.endswith((".q", ".k", ".qk")) for s in of_bias for read in s.reads)
    instead = {"bias": "content_bias"} if by_content else {}
    if "features" in names:
        instead["embedding"] = "patches"
    if "pooler.dense" not in names:
        instead["pooler"] = "gather"
    for word in found:
        yield instead.get(word, word)


def _key(stage: Stage, before: str) -> str:
    """before: the kind of the stage before this one.

    What is only another name for that one, its sum, or some encoding's own stays with it.
    """
    inner = stage.name.partition("blocks.")[2].partition(".")[2] or stage.name.rpartition("coder.")[2]
    head, _, rest = inner.partition(".")
    local = rest.partition(".")[0]
    if head in ("attn", "cross_attn"):
        across = "cross_" if head == "cross_attn" else ""
        if local != "attn_scores":
            return across + _IN_ATTENTION[local] if local in _IN_ATTENTION else before
        biased = any(read.endswith(".bias") for read in stage.reads)
        if "infty" not in stage.formula:
            return before
        return f"{across}{'bias_mask' if biased else 'mask'}"
    if head == "resid_pre":
        return "next_layer"
    if head.startswith("resid"):
        return "residual"
    if head == "moe":
        return "experts" if local == "experts" else "router"
    if head == "logits":
        return "unembed" if stage.axes[-1] == "d_vocab" else "head"
    if head in ("embed_sum", "embed_proj") or (stage.same_as is not None and head in ("attn_out", "cross_attn_out")):
        return before
    if head in ("mlp", "mlp_out"):
        return before if head == "mlp_out" and (stage.same_as is not None or before == "experts") else "mlp"
    return _OUTSIDE.get(head) or ("norm" if key(stage).startswith("ln.") else "embedding")
