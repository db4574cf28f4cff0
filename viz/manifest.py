"""What the browser is told of a trace before it asks: stages, steps, chapters, words, and the numbers of the start.

The shapes are those of `web/src/walkthrough/types.ts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from model import Stage, Trace, TraceError
from model.blueprint import blueprint, ruled
from model.stages import AXES
from viz import labels, plain, prose, theme
from viz.arrays import Block, encode
from viz.chapters import Walk, config_of, walk
from viz.stage_page import stage_page
from viz.tensors import MISSING, axes_of, of_stage, of_weight, title_of

SMALL_VOCABULARY = 512  # pieces sent along; of a larger one they are asked for
MOST_SENT = 4096  # numbers of one tensor that travel with the page
SIDES = {"": "Tokens", "encoder": "Source", "decoder": "Target"}


@dataclass(frozen=True)
class Start:
    """What a link from elsewhere asks to be shown first. What does not fit the trace is left out."""

    stage: str = ""
    cell: tuple[int, ...] | None = None
    head: int | None = None
    token: int | None = None


@dataclass(frozen=True)
class About:
    """What the page knows and the trace does not.

    trace    its id on the data routes
    weights  "" or a control
    card     of a model that is not there
    missing  why cells cannot be worked out, for a trace without its model; "" for the usual words
    """

    trace: str
    model: str
    weights: str = ""
    language: str = prose.DEFAULT
    card: Mapping[str, Any] = field(default_factory=dict)
    missing: str = ""


def message(trace: Trace, about: About, start: Start) -> bytes:
    """All that the component needs to paint its first step, and to ask for the rest."""
    whole = manifest(trace, about, start)
    first = whole["start"].get("stage") or trace.names[0]
    page = stage_page(trace, first, about.language)
    return encode(_tensors(trace, first), manifest=whole, pages={first: page})


def manifest(trace: Trace, about: About, start: Start) -> dict[str, Any]:
    """`Manifest` of types.ts."""
    catalogue = prose.catalogue(about.language)
    stages, found = trace.stages, walk(trace)
    keys = list(dict.fromkeys(c.key for c in found.chapters))
    texts = {key: plain.chapter(catalogue, key) for key in keys}
    formulas: dict[str, int] = {}
    infos = _stages(_ops(trace), stages, found, formulas)
    weights = _weights(trace, stages)
    words = {
        "version": 1,
        "trace": about.trace,
        "language": about.language,
        "languages": [{"code": code, "name": prose.catalogue(code).name} for code in prose.languages()],
        "model": _model(trace, about),
        "sides": _sides(trace),
        "stages": infos,
        "steps": [{"stage": s.stage, "show": s.show, "chapter": s.chapter} for s in found.steps],
        "chapters": [_chapter(c, texts) for c in found.chapters],
        "texts": texts,
        "formulas": list(formulas),
        "weights": weights,
        "axes": _axes(infos, weights.values()),
        "ui": catalogue.ui,
        "start": _start(trace, start),
    }
    if (pieces := _vocabulary(trace)) is not None:
        words["vocabulary"] = pieces
    if trace.network is None:
        words["missing"] = about.missing or MISSING
    return words


def _ops(trace: Trace) -> dict[str, str]:
    """How the terms of each stage's cells combine. A trace of an older version of its model has no word for it."""
    try:
        stages = ruled(trace).stages
    except TraceError:
        stages = trace.plan.stages
    return {s.name: s.rule.op for s in stages}


def _stages(ops: dict[str, str], stages: list[Stage], found: Walk, formulas: dict[str, int]) -> list[dict[str, Any]]:
    """A row a stage; formulas are gathered apart, since blocks repeat them."""
    chapter_of = {s.stage: s.chapter for s in found.steps if s.show == "stage"}
    rows = []
    for i, (stage, place) in enumerate(zip(stages, found.places, strict=True)):
        row = {
            "name": stage.name, "title": stage.title, "axes": stage.axes, "shape": stage.shape, "kind": stage.kind,
            "formula": formulas.setdefault(stage.formula, len(formulas)), "reads": stage.reads,
            "weights": stage.weights, "op": ops[stage.name], "side": place.stack or "",
            "place": place.kind, "chapter": chapter_of[i],
        }  # fmt: skip
        if stage.same_as is not None:
            row["same_as"] = stage.same_as
        if place.layer is not None:
            row["layer"] = place.layer
        rows.append(row)
    return rows


def _chapter(chapter: Any, texts: dict[str, Any]) -> dict[str, Any]:
    row = {
        "key": chapter.key, "title": texts[chapter.key]["title"], "side": chapter.side, "first": chapter.first,
        "last": chapter.last,
    }  # fmt: skip
    return row if chapter.layer is None else {**row, "layer": chapter.layer}


def _model(trace: Trace, about: About) -> dict[str, str]:
    card = about.card if trace.model is None else trace.model.card
    return {
        "key": about.model, "title": str(card.get("title") or about.model),
        "subtitle": str(card.get("what") or card.get("good_for") or ""),
        "architecture": trace.config["architecture"], "weights": about.weights,
    }  # fmt: skip


def _sides(trace: Trace) -> list[dict[str, Any]]:
    config = config_of(trace)
    found = []
    for name, pieces in labels.inputs(trace).items():
        side = name.removesuffix("tokens").rstrip(".")
        stack = getattr(config, side) if side else config.last
        found.append({
            "name": side, "title": SIDES[side], "tokens": name, "pieces": pieces, "ids": trace[name].tolist(),
            "n_layers": stack.n_layers,
        })  # fmt: skip
    return found


def _weights(trace: Trace, stages: Iterable[Stage]) -> dict[str, Any]:
    """Looks of every weight that a stage reads, also where the trace was opened without them."""
    network = trace.network or blueprint(trace.config)
    return {
        name: {
            "axes": axes_of(network, name), "shape": list(network.weights.raw(name).shape), "kind": "signed",
            "title": title_of(name),
        }
        for name in dict.fromkeys(w for s in stages for w in s.weights)
    }  # fmt: skip


def _axes(*rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Title and colour of every axis that there is. "_out" marks the second of two alike."""
    names = dict.fromkeys(axis for one in rows for row in one for axis in row["axes"])
    return {
        a: {"title": AXES.get(a.removesuffix("_out"), a), "colour": theme.axis_colour(a.removesuffix("_out"))}
        for a in names
    }


def _vocabulary(trace: Trace) -> list[str] | None:
    stacks = [trace.config[side] for side in ("encoder", "decoder") if trace.config[side] is not None]
    size = max(stack["d_vocab"] for stack in stacks)
    return labels.pieces(trace, range(size)) if size <= SMALL_VOCABULARY else None


def _start(trace: Trace, start: Start) -> dict[str, Any]:
    """The parts of the request that this trace has."""
    found: dict[str, Any] = {}
    if start.stage in trace:
        found["stage"] = start.stage
        shape = trace.stage(start.stage).shape
        cell = start.cell
        if cell is not None and len(cell) == len(shape) and all(i < n for i, n in zip(cell, shape, strict=True)):
            found["cell"] = list(cell)
    config = config_of(trace)
    heads = max(s.n_heads for s in (config.encoder, config.decoder) if s is not None)
    if start.head is not None and start.head < heads:
        found["head"] = start.head
    if start.token is not None and start.token < max(len(trace[n]) for n in labels.inputs(trace)):
        found["token"] = start.token
    return found


def _tensors(trace: Trace, name: str) -> list[Block]:
    """The first stage and what it was computed from, where they are small enough to send along."""
    stage = trace.stage(name)
    sources = [of_stage(trace, n) for n in (name, *stage.reads)]
    if trace.network is not None:
        sources += [of_weight(trace, n) for n in stage.weights]
    return [s.whole() for s in sources if s.tensor.numel() <= MOST_SENT]
