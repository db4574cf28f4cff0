"""What the browser is told of a trace before it asks: stages, steps, chapters, words, and the numbers of the start.

The shapes are those of `web/src/walkthrough/types.ts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model import Trace
from viz import labels, prose, rows
from viz.arrays import Block, encode
from viz.chapters import config_of, walk
from viz.next_token import ended, longest, read_by, writes, written_side
from viz.stage_page import stage_page
from viz.tensors import MISSING, of_stage, of_weight

MOST_SENT = 4096  # numbers of one tensor that travel with the page


@dataclass(frozen=True)
class Start:
    """What a link from elsewhere asks to be shown first. What does not fit the trace is left out."""

    stage: str = ""
    cell: tuple[int, ...] | None = None
    head: int | None = None
    token: int | None = None
    space: bool = False  # the scene rather than the picture


@dataclass(frozen=True)
class About:
    """What the page knows and the trace does not.

    trace    its id on the data routes
    weights  "" or a control
    card     of a model that is not there
    written  ids that the model has written behind the text; None where the page cannot let it write
    busy     the link asks for another pass than this one, which is not there yet or cannot be made
    missing  why cells cannot be worked out, for a trace without its model; "" for the usual words
    stands_in  whether what the link asks for is not here, or not yet
    """

    trace: str
    model: str
    weights: str = ""
    language: str = prose.DEFAULT
    card: Mapping[str, Any] = field(default_factory=dict)
    missing: str = ""
    stands_in: bool = False
    written: tuple[int, ...] | None = None
    busy: bool = False


def message(trace: Trace, about: About, start: Start, compared: Mapping[str, Any] | None = None) -> bytes:
    """All that the component needs to paint its first step, and to ask for the rest. compared: see `viz.comparison`."""
    whole = manifest(trace, about, start)
    first = whole["start"].get("stage") or trace.names[0]
    page = stage_page(trace, first, about.language)
    more = {} if compared is None else {"compared": compared}
    return encode(_tensors(trace, first), manifest=whole, pages={first: page}, **more)


def manifest(trace: Trace, about: About, start: Start) -> dict[str, Any]:
    """`Manifest` of types.ts."""
    catalogue = prose.catalogue(about.language)
    found = walk(trace)
    keys = list(dict.fromkeys(c.key for c in found.chapters))
    texts = {key: catalogue.chapter(key) for key in keys}
    formulas: dict[str, int] = {}
    infos = rows.stages(trace, found, formulas, catalogue)
    weights = rows.weights(trace)
    words = {
        "version": 1,
        "trace": about.trace,
        "language": about.language,
        "languages": [{"code": code, "name": prose.catalogue(code).name} for code in prose.languages()],
        "model": model_of(trace, about, catalogue),
        "sides": rows.sides(trace, catalogue),
        "stages": infos,
        "steps": [{"stage": s.stage, "show": s.show, "chapter": s.chapter} for s in found.steps],
        "chapters": [rows.chapter(c, texts) for c in found.chapters],
        "texts": texts,
        "formulas": list(formulas),
        "weights": weights,
        "axes": rows.axes(catalogue, infos, weights.values()),
        "places": rows.places(found, catalogue),
        "ui": catalogue.ui,
        "start": _start(trace, start),
    }
    if (pieces := rows.vocabulary(trace)) is not None:
        words["vocabulary"] = pieces
    if (names := labels.labels_of(trace)) is not None:
        words["labels"] = names
    if about.written is not None and writes(trace):
        words["writing"] = _writing(trace, about, about.written)
    if trace.network is None:
        words["missing"] = about.missing or catalogue.message(MISSING)
    if about.stands_in:
        words["stands_in"] = True
    return words


def model_of(trace: Trace, about: About, said: prose.Catalogue) -> dict[str, str]:
    card = about.card if trace.model is None else trace.model.card
    return {
        "key": about.model, "title": said.message(str(card.get("title") or about.model)),
        "subtitle": said.message(str(card.get("what") or card.get("good_for") or "")),
        "architecture": trace.config["architecture"], "weights": about.weights,
    }  # fmt: skip


def _writing(trace: Trace, about: About, written: tuple[int, ...]) -> dict[str, Any]:
    """`Writing` of types.ts: whether the model may write its next token behind this input."""
    most = longest(trace)
    found = {"side": written_side(trace), "written": list(written), "longest": most}
    if trace.network is None:
        return found | {"state": "missing"}
    if about.busy:
        return found | {"state": "busy"}
    if (end := ended(trace, written)) is not None:
        return found | {"state": "ended", "end": labels.pieces(trace, [end])[0]}
    return found | {"state": "full" if len(read_by(trace)) >= most else "ready"}


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
    if start.token is not None and start.token < max(map(len, labels.inputs(trace).values())):
        found["token"] = start.token
    if start.space:
        found["space"] = True
    return found


def _tensors(trace: Trace, name: str) -> list[Block]:
    """The first stage and what it was computed from, where they are small enough to send along."""
    stage = trace.stage(name)
    sources = [of_stage(trace, n) for n in (name, *stage.reads)]
    if trace.network is not None:
        sources += [of_weight(trace, n) for n in stage.weights]
    return [s.whole() for s in sources if s.tensor.numel() <= MOST_SENT]
