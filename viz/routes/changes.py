"""What two traces differ in, as JSON: stage by stage, and in the answers."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from model import Trace
from viz import changes as measured
from viz import prose
from viz.answers import answers as read_answers
from viz.difference import Pair
from viz.routes.asking import KEEP, RefusedError, allow, language, of_both


@of_both
def changes(request: Request, pair: Trace | Pair) -> Response:
    """`/data/{other}~{this}/changes`: see `viz.changes`."""
    allow(request, ())
    return JSONResponse(measured.changes(_pair(pair)), headers=KEEP)


@of_both
def answers(request: Request, pair: Trace | Pair) -> Response:
    """`/data/{other}~{this}/answers?lang=en`: what both predict at every position."""
    allow(request, ())
    return JSONResponse(read_answers(_pair(pair), prose.catalogue(language(request))), headers=KEEP)


def _pair(given: Trace | Pair) -> Pair:
    if isinstance(given, Trace):
        raise RefusedError(400, "this route compares two traces; give both ids, as other~this.")
    return given
