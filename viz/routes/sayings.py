"""What is said about a trace, as JSON: the page of a stage, how a cell came about, what reads it, what is predicted."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from model import Stage, Trace
from model.readers import readers as read_by
from viz import cells, changed_cell, prose
from viz.difference import Pair
from viz.labels import pieces as pieces_of
from viz.readout import readout as read_out
from viz.routes.asking import KEEP, RefusedError, allow, cell_of, guarded, language, number, of_both, stage_of
from viz.stage_page import page_of_both, stage_page

MOST_TERMS = 65536
MOST_IDS = 4096  # of one request for pieces


@of_both
def page(request: Request, trace: Trace | Pair) -> Response:
    """`/data/{trace}/page?stage=NAME&lang=en`: words, facts, formula, code, pseudocode, a question.

    Of two traces: those of this one, and a cell in which they differ.
    """
    allow(request, ("stage",))
    if isinstance(trace, Pair):
        return _json(page_of_both(trace, stage_of(trace.this, request).name, language(request)))
    return _json(stage_page(trace, stage_of(trace, request).name, language(request)))


@of_both
def explanation(request: Request, trace: Trace | Pair) -> Response:
    """`/data/{trace}/explain?stage=NAME&cell=2,5,0&terms=50&lang=en`: how one cell came about, largest terms first.

    A weight's cell was learned, which is all there is to say. Of two traces: how the two cells differ.
    """
    allow(request, ("stage", "cell", "terms"))
    most = number("terms", request.query_params.get("terms", "50"), 0, MOST_TERMS)
    here = trace.this if isinstance(trace, Pair) else trace
    stage = _stage_or_weight(here, request)
    cell = cell_of(request, stage)
    if isinstance(trace, Pair):
        if stage.name not in here:
            return _json(changed_cell.learned(trace, stage, cell, _words(request)))
        found = changed_cell.changed(trace, stage.name, cell)
        return _json(changed_cell.explanation(trace, found, most, _words(request)))
    if stage.name not in trace:
        return _json(cells.learned(trace, stage, cell, _words(request)))
    return _json(cells.explanation(trace, trace.explain(stage.name, cell), most, _words(request)))


@guarded
def readers(request: Request, trace: Trace) -> Response:
    """`/data/{trace}/readers?stage=NAME&cell=2,5,0&lang=en`: what was computed from this cell, by stage."""
    allow(request, ("stage", "cell"))
    stage, said = _stage_or_weight(trace, request), _words(request)
    found = []
    for reader in read_by(trace, stage.name, cell_of(request, stage)):
        by = trace.stage(reader.name)
        found.append({
            "name": reader.name, "title": said.title(by), "axes": list(by.axes),
            "ranges": [list(r) for r in reader.ranges], "count": reader.count, "example": list(reader.example),
        })  # fmt: skip
    return _json({"readers": found})


@guarded
def readout(request: Request, trace: Trace) -> Response:
    """`/data/{trace}/readout?lang=en`: what every position predicts, and how well it fits the input."""
    allow(request, ())
    found = read_out(trace, _words(request))
    if found is None:
        raise RefusedError(404, "this model scores no tokens of a vocabulary, so it predicts none.")
    return _json(found)


@guarded
def pieces(request: Request, trace: Trace) -> Response:
    """`/data/{trace}/pieces?ids=1,2,3`: what these ids of the vocabulary stand for."""
    allow(request, ("ids",))
    given = request.query_params.get("ids", "")
    if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", given):
        raise RefusedError(400, f"ids={given[:40]!r} must be whole numbers with commas.")
    ids = [int(i) for i in given.split(",")]
    if len(ids) > MOST_IDS:
        raise RefusedError(400, f"ids has {len(ids):,} numbers; one answer holds {MOST_IDS:,}.")
    sides = (trace.config[side] for side in ("encoder", "decoder"))
    size = max(side["d_vocab"] for side in sides if side is not None)
    if wrong := [i for i in ids if i >= size]:
        raise RefusedError(400, f"ids has {wrong[0]}; the vocabulary runs from 0 to {size - 1}.")
    return _json({"pieces": pieces_of(trace, ids)})


def _stage_or_weight(trace: Trace, request: Request) -> Stage:
    """The stage asked for, or a weight that has the looks of one: an index is checked alike."""
    name = request.query_params.get("stage", "")
    if name in trace or trace.network is None or name not in trace.network.weights:
        return stage_of(trace, request)
    return cells.of_weight(trace, name)


def _words(request: Request) -> prose.Catalogue:
    return prose.catalogue(language(request))


def _json(body: Any) -> Response:
    return JSONResponse(body, headers=KEEP)
