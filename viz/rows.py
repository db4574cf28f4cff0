"""Rows of the manifest: stages, chapters, inputs, weights, axes. The shapes are those of `types.ts`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from model import Trace, TraceError
from model.blueprint import blueprint, ruled
from model.stages import AXES
from viz import labels, patches, theme
from viz.chapters import Chapter, Walk, config_of
from viz.prose import Catalogue
from viz.tensors import axes_of, title_of

SMALL_VOCABULARY = 512  # pieces sent along; of a larger one they are asked for


def _ops(trace: Trace) -> dict[str, str]:
    """How the terms of each stage's cells combine. A trace of an older version of its model has no word for it."""
    try:
        stages = ruled(trace).stages
    except TraceError:
        stages = trace.plan.stages
    return {s.name: s.rule.op for s in stages}


def stages(trace: Trace, found: Walk, formulas: dict[str, int], said: Catalogue) -> list[dict[str, Any]]:
    """A row a stage. formulas: text -> place, gathered here, since blocks repeat them."""
    ops = _ops(trace)
    chapter_of = {s.stage: s.chapter for s in found.steps if s.show == "stage"}
    rows = []
    for i, (stage, place) in enumerate(zip(trace.stages, found.places, strict=True)):
        row = {
            "name": stage.name, "title": said.title(stage), "axes": stage.axes, "shape": stage.shape,
            "kind": stage.kind, "formula": formulas.setdefault(said.formula(stage.formula), len(formulas)),
            "reads": stage.reads, "weights": stage.weights, "op": ops[stage.name], "side": place.stack or "",
            "place": place.kind, "chapter": chapter_of[i],
        }  # fmt: skip
        if stage.same_as is not None:
            row["same_as"] = stage.same_as
        if place.layer is not None:
            row["layer"] = place.layer
        rows.append(row)
    return rows


def places(found: Walk, said: Catalogue) -> dict[str, str]:
    """What stacks and kinds of places are called: a kind by the first part of it. Norms have no name in common."""
    names = {p.stack: said.text("places", p.stack) for p in found.places if p.stack}
    for one in found.places:
        if one.kind != "norm":
            names.setdefault(one.kind, one.title(said.code))
    return names


def chapter(one: Chapter, texts: dict[str, Any]) -> dict[str, Any]:
    row = {
        "key": one.key, "title": texts[one.key]["title"], "side": one.side, "first": one.first,
        "last": one.last,
    }  # fmt: skip
    return row if one.layer is None else {**row, "layer": one.layer}


def sides(trace: Trace, said: Catalogue) -> list[dict[str, Any]]:
    config, seen = config_of(trace), patches.of(trace)
    found = []
    for name, pieces in labels.inputs(trace).items():
        side = name.rpartition(".")[0]
        stack = getattr(config, side) if side else config.last
        found.append({
            "name": side, "title": said.side(side), "tokens": name, "pieces": pieces,
            "ids": trace[name].tolist() if seen is None else list(range(len(pieces))),
            "special": labels.special(trace, side), "n_layers": stack.n_layers,
            **({} if seen is None else {"patches": picture(trace, seen, said)}),
        })  # fmt: skip
    return found


def picture(trace: Trace, seen: patches.Grid, said: Catalogue) -> dict[str, Any]:
    """`Patches` of types.ts."""
    return {
        "rows": seen.rows, "columns": seen.columns, "first": seen.first, "names": seen.names(said),
        "shape": [seen.wide, seen.high], "picture": patches.picture(trace),
    }  # fmt: skip


def weights(trace: Trace) -> dict[str, Any]:
    """Looks of every weight that a stage reads, also where the trace was opened without them."""
    network = trace.network if trace.network is not None else blueprint(trace.config)
    return {
        name: {
            "axes": axes_of(network, name), "shape": list(network.weights.raw(name).shape), "kind": "signed",
            "title": title_of(name),
        }
        for name in dict.fromkeys(w for s in trace.plan.stages for w in s.weights)
    }  # fmt: skip


def axes(said: Catalogue, *rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Name, title and colour of every axis that there is. "_out" marks the second of two alike."""
    names = dict.fromkeys(axis for one in rows for row in one for axis in row["axes"])
    return {
        a: {"name": said.label(a), "title": _axis(said, a), "colour": theme.axis_colour(a.removesuffix("_out"))}
        for a in names
    }


def _axis(said: Catalogue, axis: str) -> str:
    """A new part may bring an axis that has no words yet in this language."""
    name = axis.removesuffix("_out")
    return said.axis(name) if said.has("axes", name) else AXES.get(name, name)


def vocabulary(trace: Trace) -> list[str] | None:
    stacks = [trace.config[side] for side in ("encoder", "decoder") if trace.config[side] is not None]
    size = max(stack["d_vocab"] for stack in stacks)
    if patches.of(trace) is not None:
        return None
    return labels.pieces(trace, range(size)) if size <= SMALL_VOCABULARY else None
