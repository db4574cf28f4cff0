"""Which texts say what a stage is: decided here by its kind and the parts that made it. The catalogue has the texts.

Facts with numbers are in `facts.py`; here nothing depends on the input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from model import StackConfig, Stage, TransformerConfig
from model.mlp.base import Gated
from model.registry import find
from viz import prose
from viz.words import key, place, side


def texts(stage: Stage, config: TransformerConfig) -> list[str]:
    """Keys of the sentences that say what a stage is, in order; ["other"] for one that the catalogue does not know."""
    found = list(_chosen(key(stage), stage, config))
    return found if all(map(_known, found)) else ["other"]


def _chosen(k: str, stage: Stage, config: TransformerConfig) -> Iterator[str]:
    c = side(config, place(stage, config).stack)
    made = _CHOICES.get(k)
    if made is not None:
        yield from made(stage, c)
    elif k == "embed_proj.sum":
        yield "sum"
    elif k.startswith("ln."):
        yield from _norm(k, stage, c)
    elif k in ("attn_out", "cross_attn_out", "mlp_out", "attn.out", "cross_attn.out", "mlp.out"):
        yield from _branch(k, stage, c)
    elif k == "logits":
        yield from _logits(stage, config)
    elif k.startswith("expert.") and k not in ("expert.positions", "expert.in", "expert.out"):
        yield from _chosen(k.removeprefix("expert."), stage, config)  # an expert is an MLP like any other
    else:
        yield k


def _embed(_: Stage, c: StackConfig) -> Iterator[str]:
    yield "embed" if c.image is None else "embed.picture" if c.cls_token else "patch_embed"
    if c.embed_scale != 1:
        yield "embed.scaled"


def _known(key: str) -> bool:
    return prose.catalogue(prose.DEFAULT).has("stages", key)


def _pos_embed(stage: Stage, c: StackConfig) -> Iterator[str]:
    own = f"pos_embed.{c.positional}"
    yield own if _known(own) else "pos_embed.learned" if stage.weights else "pos_embed.fixed"
    if any(r.endswith("pos_ids") for r in stage.reads):
        yield "pos_embed.ids"


def _embed_sum(stage: Stage, _: StackConfig) -> Iterator[str]:
    yield "embed_sum.same" if stage.same_as is not None else "embed_sum.sum"
    yield "embed_sum.stream"


def norm_of(stage: Stage, c: StackConfig) -> Any:
    """The class of the norm that a stage belongs to."""
    return find("norm", c.qk_norm if within_head(stage) else c.norm)


def within_head(stage: Stage) -> bool:
    """Whether it is of a norm on the queries or keys of each head."""
    return ".q_norm." in stage.name or ".k_norm." in stage.name


def _norm(k: str, stage: Stage, c: StackConfig) -> Iterator[str]:
    kind, part = norm_of(stage, c), k.removeprefix("ln.")
    if part == "sum":
        yield "sum"
    elif part == "normalized":
        same = stage.same_as is not None
        yield f"ln.normalized.{'same' if same else 'offset' if kind.offset else 'gain'}"
    elif stage.same_as is not None:
        yield "ln.same"
    else:
        yield "ln.mean" if part == "mean" else f"{k}.{'centred' if kind.centred else 'plain'}"


def _of_source(stage: Stage, _: StackConfig) -> Iterator[str]:
    yield f"{stage.local}.cross" if ".cross_attn." in stage.name else stage.local


def _rotated(stage: Stage, c: StackConfig) -> Iterator[str]:
    yield stage.local
    if _known(f"rot.{c.positional}"):
        yield f"rot.{c.positional}"


def _values(stage: Stage, _: StackConfig) -> Iterator[str]:
    yield "z"
    if any(r.endswith("z_pos") for r in stage.reads):
        yield "z.position"


def _bias(stage: Stage, c: StackConfig) -> Iterator[str]:
    own = f"bias.{c.positional}"
    yield own if _known(own) else "bias.other"
    if stage.same_as is not None:
        yield "bias.again"


def mask_of(stage: Stage, c: StackConfig) -> str | None:
    """The visibility rule of a stage's block: one for all, or one a layer."""
    layer = re.search(r"blocks\.(\d+)\.", stage.name)
    return c.mask[int(layer[1])] if isinstance(c.mask, tuple) and layer else c.mask  # type: ignore[return-value]


def _scores(stage: Stage, c: StackConfig) -> Iterator[str]:
    if stage.same_as is not None:
        yield "attn_scores.same"
        return
    yield "attn_scores.from"
    if any(r.endswith(".bias") for r in stage.reads):
        yield "attn_scores.bias"
    mask = None if ".cross_attn." in stage.name else mask_of(stage, c)
    rule = {"causal": "attn_scores.causal", "sliding_window": "attn_scores.window"}.get(mask or "")
    if rule is not None:
        yield rule
    if any(r.endswith("mask") for r in stage.reads):
        yield "attn_scores.padding"


def is_gated(c: StackConfig) -> bool:
    return issubclass(find("mlp", c.mlp), Gated)


def _pre(_: Stage, c: StackConfig) -> Iterator[str]:
    yield "pre.gate" if is_gated(c) else "pre"


def _post(stage: Stage, c: StackConfig) -> Iterator[str]:
    yield "post.gated" if is_gated(c) else "post.linear" if stage.same_as is not None else "post"


def _branch(k: str, stage: Stage, c: StackConfig) -> Iterator[str]:
    """What a part adds to the stream; with a norm on the branch, also what it wrote before that."""
    later = k.endswith(".out")
    normed = not later and len(stage.reads) == 1 and stage.reads[0].endswith((".normalized", ".out"))
    if normed:
        yield "adds.normed"
        return
    which = k.removesuffix("_out").removesuffix(".out")
    if which == "mlp":
        yield "mlp_out" if c.moe is None else "mlp_out.experts"
    else:
        yield "attn_out"
        if stage.weights:
            yield "attn_out.bias"
    part = {"attn": "attention", "cross_attn": "cross-attention", "mlp": "mlp"}[which]
    yield "adds.later" if later else f"adds.{part}"


def _resid_pre(stage: Stage, _: StackConfig) -> Iterator[str]:
    yield "resid_pre" if "blocks." in stage.reads[0] else "resid_pre.first"


def _resid_post(_: Stage, c: StackConfig) -> Iterator[str]:
    yield "resid_post.parallel" if c.parallel else "resid_post"


def _logits(stage: Stage, config: TransformerConfig) -> Iterator[str]:
    if stage.axes[-1] == "d_vocab":
        yield "logits.same_place" if config.architecture == "encoder" else "logits.next"
    else:
        yield "logits.label_each" if len(stage.axes) > 1 else "logits.labels"
    yield "logits.from" if stage.weights else "logits.capped"


def _probs(stage: Stage, _: StackConfig) -> Iterator[str]:
    yield "probs" if len(stage.axes) > 1 else "probs.one"


_CHOICES = {
    "embed": _embed,
    "pos_embed": _pos_embed,
    "embed_sum": _embed_sum,
    "resid_pre": _resid_pre,
    "resid_post": _resid_post,
    "k": _of_source,
    "v": _of_source,
    "rot_q": _rotated,
    "rot_k": _rotated,
    "bias": _bias,
    "z": _values,
    "attn_scores": _scores,
    "pre": _pre,
    "post": _post,
    "probs": _probs,
}
