"""Read-only data routes beside Streamlit: cells of a stage as bytes, one cell's explanation as JSON.

A trace never changes, so answers may be kept for ever; its id is a secret, so by nobody but this browser.
Handlers are plain functions: Starlette runs them in worker threads, and traces may be read from any.
"""

from __future__ import annotations

import math
import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from model import GlassformerError, Stage, Trace, TraceError
from viz.arrays import Block, encode, exact, plain, to_numpy
from viz.store import STORE
from viz.worked import ordered

MOST_NUMBERS = 4 << 20  # of one answer: 16 MB
MOST_TERMS = 65536
KEEP = {"Cache-Control": "private, max-age=31536000, immutable"}
FORGET = {"Cache-Control": "no-store"}


class RefusedError(Exception):
    """A request that cannot be answered, with the status and the words that say why."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status, self.message = status, message


def cells(request: Request) -> Response:
    """`/data/{trace}/cells?stage=NAME&head=2&position=0:16`: an axis left out is given whole; a number drops it."""

    def answer() -> Response:
        trace = _trace(request)
        stage = _stage(trace, request)
        allowed = {"stage", *stage.axes}
        if unknown := sorted(set(request.query_params) - allowed):
            raise RefusedError(
                400, f"unknown parameter {unknown[0][:40]!r}; {stage.name} takes {', '.join(stage.axes)}."
            )
        chosen = [_places(request, axis, size) for axis, size in zip(stage.axes, stage.shape, strict=True)]
        count = math.prod(c.stop - c.start if isinstance(c, slice) else 1 for c in chosen)
        if count > MOST_NUMBERS:
            raise RefusedError(
                400,
                f"{stage.name} asks for {count:,} numbers; one answer holds {MOST_NUMBERS:,}. "
                f"Give ranges, such as {stage.axes[0]}=0:16.",
            )
        values = to_numpy(trace[stage.name][tuple(chosen)])
        axes = tuple(a for a, c in zip(stage.axes, chosen, strict=True) if isinstance(c, slice))
        origin = {a: c.start if isinstance(c, slice) else c for a, c in zip(stage.axes, chosen, strict=True)}
        body = encode([Block(stage.name, stage.title, axes, stage.kind, values, {"origin": origin})])
        return Response(body, media_type="application/octet-stream", headers=KEEP)

    return _guarded(answer)


def explanation(request: Request) -> Response:
    """`/data/{trace}/explain?stage=NAME&cell=2,5,0&terms=50`: how one cell came about, the largest terms first."""

    def answer() -> Response:
        trace = _trace(request)
        stage = _stage(trace, request)
        if unknown := sorted(set(request.query_params) - {"stage", "cell", "terms"}):
            raise RefusedError(400, f"unknown parameter {unknown[0][:40]!r}; this route takes stage, cell, terms.")
        most = _number("terms", request.query_params.get("terms", "50"), 0, MOST_TERMS)
        given = request.query_params.get("cell", "")
        if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", given):
            raise RefusedError(
                400,
                f"cell={given[:40]!r} must be whole numbers with commas, one an axis: {', '.join(stage.axes)}.",
            )
        found = trace.explain(stage.name, tuple(int(i) for i in given.split(",")))
        terms = [
            {
                "place": o.place,
                "label": o.term.label,
                "value": plain(o.term.value),
                "share": o.share,
                "sources": [{"name": n, "index": list(i), "value": plain(x)} for n, i, x in o.term.sources],
            }
            for o in ordered(found)[:most]
        ]
        body = {
            "name": found.name, "index": list(found.index), "value": plain(found.value), "text": exact(found.value),
            "formula": found.formula, "op": found.op, "recomputed": plain(found.recomputed),
            "n_terms": len(found.terms), "terms": terms,
        }  # fmt: skip
        return JSONResponse(body, headers=KEEP)

    return _guarded(answer)


def _guarded(answer) -> Response:  # type: ignore[no-untyped-def]
    """The answer, or the error as JSON with the status that fits."""
    try:
        return answer()
    except RefusedError as refusal:
        return JSONResponse({"error": refusal.message}, refusal.status, headers=FORGET)
    except TraceError as error:
        return JSONResponse({"error": str(error)}, 400, headers=FORGET)
    except GlassformerError as error:
        return JSONResponse({"error": str(error)}, 400, headers=FORGET)


def _trace(request: Request) -> Trace:
    trace = STORE.get(request.path_params["trace"])
    if trace is None:
        raise RefusedError(404, "this trace is not kept any more; open the page again to make it anew.")
    return trace


def _stage(trace: Trace, request: Request) -> Stage:
    name = request.query_params.get("stage")
    if name is None:
        raise RefusedError(400, "stage is missing; give the full name of a stage, such as stage=embed.")
    if name not in trace:
        raise RefusedError(404, f"this trace has no stage {name[:80]!r}.")
    return trace.stage(name)


def _places(request: Request, axis: str, size: int) -> int | slice:
    """One place or a range of an axis, checked against its size."""
    given = request.query_params.get(axis)
    if given is None:
        return slice(0, size)
    start, colon, stop = given.partition(":")
    first = _number(axis, start or "0" if colon else start, 0, size - (0 if colon else 1))
    if not colon:
        return first
    return slice(first, _number(axis, stop or str(size), first, size))


def _number(name: str, given: str, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,9}", given) or not low <= int(given) <= high:
        raise RefusedError(400, f"{name}={given[:40]!r} must be a whole number from {low} to {high}.")
    return int(given)


ROUTES = [
    Route("/data/{trace}/cells", cells, methods=["GET"]),
    Route("/data/{trace}/explain", explanation, methods=["GET"]),
]
