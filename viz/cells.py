"""One cell in words and numbers, as the browser shows it: its worked formula, its terms, where it is."""

from __future__ import annotations

from typing import Any

from model import Explanation, Stage, Trace
from model.rules import Input
from viz import labels, tensors, worked
from viz.arrays import exact, plain
from viz.prose import Catalogue

Cell = tuple[int, ...]


def explanation(trace: Trace, found: Explanation, most: int, said: Catalogue) -> dict[str, Any]:
    """`Explanation` of types.ts, with at most `most` terms: the largest first."""
    terms = [
        {
            "place": o.place,
            "label": said.label(o.term.label),
            "value": plain(o.term.value),
            "share": o.share,
            "sources": [{"name": n, "index": list(i), "value": plain(x)} for n, i, x in o.term.sources],
        }
        for o in worked.ordered(found)[:most]
    ]
    total = worked.softmax_total(found)
    return {
        **({} if total is None else {"total": total}),
        "name": found.name, "index": list(found.index), "value": plain(found.value), "text": exact(found.value),
        "formula": said.formula(found.formula), "op": found.op, "recomputed": plain(found.recomputed),
        "n_terms": len(found.terms), "terms": terms, "worked": worked.latex(found, said), "words": said.op(found.op),
        "places": places(trace, trace.stage(found.name), found.index),
    }  # fmt: skip


def of_weight(trace: Trace, name: str) -> Stage:
    """A weight with the looks of a stage, so that its index is checked and said alike. Raises TraceError."""
    source = tensors.of_weight(trace, name)
    return Stage(name, source.axes, tuple(source.tensor.shape), source.kind, source.title, "", Input())


def learned(trace: Trace, weight: Stage, index: Cell, said: Catalogue) -> dict[str, Any]:
    """The same for a cell of a weight: nothing in this pass computes it."""
    value = tensors.of_weight(trace, weight.name).tensor[index].item()
    return {
        "name": weight.name, "index": list(index), "value": plain(value), "text": exact(value), "formula": "",
        "op": "weight", "recomputed": plain(value), "n_terms": 0, "terms": [], "worked": worked.number(value),
        "words": said.op("weight"), "places": places(trace, weight, index),
    }  # fmt: skip


def places(trace: Trace, stage: Stage, index: Cell) -> list[tuple[str, str]]:
    """Where a cell is, axis by axis: the place, and the token that stands there."""
    return [(axis, _place(trace, stage, axis, i)) for axis, i in zip(stage.axes, index, strict=True)]


def _place(trace: Trace, stage: Stage, axis: str, i: int) -> str:
    tokens = labels.tokens_along(trace, stage, axis) if stage.name in trace else None
    if tokens is not None:
        return f"{i} “{labels.isolate(labels.cut(tokens[i]))}”"
    if axis == "label" and (names := labels.labels_of(trace)) is not None:
        return f"{i} “{labels.isolate(labels.cut(names[i]))}”"
    if axis == "d_vocab":
        return f"{i} “{labels.isolate(labels.cut(labels.pieces(trace, [i])[0]))}”"
    return str(i)
