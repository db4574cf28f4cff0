"""Sentences with numbers, each read from the trace at hand.

A number that is a cell carries that cell (`quote` with an index); one worked out of a tensor, such as a median, carries
the tensor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from model import Stage, Trace
from viz import labels, patches
from viz.arrays import short
from viz.markup import Paragraph, Segment, Value, quote
from viz.pinned import hardest, row_of_scores
from viz.prose import Catalogue
from viz.words import key

Cell = tuple[int, ...]
Found = tuple[str, Mapping[str, Value]] | None  # the text's key, and what is put in


def facts(trace: Trace, stage: Stage, said: Catalogue) -> list[Paragraph]:
    """Observations about these very numbers; none where there is none worth making."""
    if 0 in stage.shape:
        return [said.paragraph("facts", "routed.none", {}, lambda _: None)] if "routed" in stage.axes else []
    made = FACTS.get(key(stage))
    if made is None:
        return []
    found = made(trace, stage, said)
    return [] if found is None else [said.paragraph("facts", found[0], found[1], lambda _: None)]


def at(trace: Trace, stage: Stage, axis: str, i: int, said: Catalogue) -> str:
    """One place along an axis in words: `query 5 “C”`."""
    if axis in ("position", "query", "key", "patch") and (seen := patches.of(trace)) is not None:
        name = seen.names(said)[i + (seen.first if axis == "patch" else 0)]
        return said.text("at", axis, i=i, token=said.text("words", "brackets", name=name))
    pieces = labels.labels_of(trace) if axis == "label" else labels.tokens_along(trace, stage, axis)
    if axis == "d_vocab":
        pieces = {i: labels.pieces(trace, [i])[0]}  # type: ignore[assignment]
    named = axis if said.has("at", axis) else "other"
    token = "" if pieces is None else said.text("words", "token", piece=labels.isolate(labels.cut(pieces[i])))
    return said.text("at", named, i=i, token=token).rstrip()


def cell(trace: Trace, stage: Stage, index: Cell, digits: int = 3) -> Segment:
    """A cell's number, quoted."""
    return quote(short(trace[stage.name][index].item(), digits), stage.name, index)


def share(trace: Trace, stage: Stage, index: Cell) -> Segment:
    """A share, quoted in percent."""
    return quote(f"{trace[stage.name][index].item():.0%}", stage.name, index)


def _tokens(trace: Trace, stage: Stage, said: Catalogue) -> Found:
    last = stage.shape[0] - 1
    values: dict[str, Value] = {
        "n": quote(str(last + 1), stage.name),
        "last": at(trace, stage, "position", last, said),
        "id": cell(trace, stage, (last,)),
    }
    return f"tokens.{'many' if last else 'one'}", values


def _embed(trace: Trace, stage: Stage, said: Catalogue) -> Found:
    if patches.of(trace) is not None:
        return None
    last = stage.shape[0] - 1
    return "embed", {
        "last": at(trace, stage, "position", last, said),
        "id": cell(trace, trace.stage(stage.reads[0]), (last,)),
    }


def _scale(trace: Trace, stage: Stage, said: Catalogue) -> Found:
    x = trace[stage.name]

    def where(i: Tensor) -> tuple[str, Segment]:
        index = tuple(int(j) for j in torch.unravel_index(i, x.shape))
        places = (at(trace, stage, a, j, said) for a, j in zip(stage.axes, index, strict=True))
        return said.text("words", "comma").join(places), cell(trace, stage, index)

    (low_at, low), (high_at, high) = where(x.argmin()), where(x.argmax())
    return "ln.scale", {"low_at": low_at, "low": low, "high_at": high_at, "high": high}


def last_row(trace: Trace, stage: Stage) -> Cell:
    """(head, query, key) of the largest number of the last query's row, over all heads."""
    row = trace[stage.name][:, -1]
    head, k = divmod(int(row.argmax()), row.shape[-1])
    return head, stage.shape[1] - 1, k


def _places(trace: Trace, stage: Stage, index: Cell, said: Catalogue) -> dict[str, Value]:
    return {a: at(trace, stage, a, i, said) for a, i in zip(stage.axes, index, strict=True)}


def _match(trace: Trace, stage: Stage, said: Catalogue) -> Found:
    index = last_row(trace, stage)
    return "qk", {**_places(trace, stage, index, said), "score": cell(trace, stage, index)}


def _bias(trace: Trace, stage: Stage, said: Catalogue) -> Found:
    index = (0, stage.shape[1] - 1, 0)
    return "bias", {**_places(trace, stage, index, said), "bias": cell(trace, stage, index)}


def _masked(trace: Trace, stage: Stage, _: Catalogue) -> Found:
    hidden = int(torch.isneginf(trace[stage.name]).sum())
    if not hidden:
        return None
    return "attn_scores", {"hidden": quote(str(hidden), stage.name), "total": quote(str(stage.numel()), stage.name)}


def _pattern(trace: Trace, stage: Stage, said: Catalogue) -> Found:
    """Of the head and query that the question is about."""
    asked = hardest(trace, stage)
    text = "pattern.last" if asked is None else "pattern"
    index = last_row(trace, stage) if asked is None else asked
    return text, {**_places(trace, stage, index, said), "share": share(trace, stage, index)}


def _result(trace: Trace, stage: Stage, said: Catalogue) -> Found:
    lengths = trace[stage.name][-1].float().norm(dim=-1)
    head = int(lengths.argmax())
    if not math.isfinite(lengths[head]):
        return None
    length = quote(short(lengths[head].item(), 3), stage.name)
    return "result", {"head": at(trace, stage, "head", head, said), "length": length}


def _longer(trace: Trace, stage: Stage, than: str, text: str) -> Found:
    """Lengths of vectors beside those of another tensor: the median of the ratios."""
    ratio = (trace[stage.name].float().norm(dim=-1) / trace[than].float().norm(dim=-1)).median().item()
    return (text, {"share": quote(short(ratio, 2), stage.name)}) if math.isfinite(ratio) else None


def _branch(trace: Trace, stage: Stage, _: Catalogue) -> Found:
    return _longer(trace, stage, f"{stage.name.rpartition('.')[0]}.resid_pre", "branch")


def _stream(trace: Trace, stage: Stage, _: Catalogue) -> Found:
    return _longer(trace, stage, f"{stage.name.partition('blocks.')[0]}embed_sum", "resid_post")


def _hidden(trace: Trace, stage: Stage, _: Catalogue) -> Found:
    active = int((trace[stage.name] > 0).sum())
    return "post", {"active": quote(str(active), stage.name), "total": quote(str(stage.numel()), stage.name)}


def _experts(trace: Trace, stage: Stage, _: Catalogue) -> Found:
    chosen = trace.stage(f"{stage.name.rpartition('.')[0]}.chosen")
    index = (stage.shape[0] - 1, int(trace[stage.name][-1].argmax()))
    return "moe.weights", {"expert": cell(trace, chosen, index), "weight": cell(trace, stage, index)}


def _routed(trace: Trace, stage: Stage, _: Catalogue) -> Found:
    n = stage.shape[0]
    chosen = stage.reads[0]
    values = {"n": quote(str(n), stage.name), "total": quote(str(trace.stage(chosen).shape[0]), chosen)}
    return f"expert.positions.{'one' if n == 1 else 'many'}", values


def _leading(trace: Trace, stage: Stage, said: Catalogue) -> Found:
    values = trace[stage.name]
    rows = values.dim() > 1
    row = row_of_scores(trace, stage) if rows else 0
    best = int((values[row] if rows else values).argmax())
    found: dict[str, Value] = {
        "value": cell(trace, stage, (row, best) if rows else (best,), 4),
        "token": at(trace, stage, stage.axes[-1], best, said),
    }
    if not rows:
        return f"{stage.local}.one", found
    return stage.local, found | {"row": at(trace, stage, "position", row, said)}


FACTS: dict[str, Callable[[Trace, Stage, Catalogue], Found]] = {
    "tokens": _tokens,
    "embed": _embed,
    "ln.scale": _scale,
    "qk": _match,
    "bias": _bias,
    "attn_scores": _masked,
    "pattern": _pattern,
    "result": _result,
    "attn_out": _branch,
    "cross_attn_out": _branch,
    "mlp_out": _branch,
    "resid_post": _stream,
    "post": _hidden,
    "moe.weights": _experts,
    "expert.positions": _routed,
    "logits": _leading,
    "probs": _leading,
}
