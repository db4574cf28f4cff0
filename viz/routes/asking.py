"""What a request asks for, checked; and how a refusal is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from model import GlassformerError, Stage, Trace
from viz import prose
from viz.difference import Pair
from viz.store import STORE
from viz.tensors import Place

KEEP = {"Cache-Control": "private, max-age=31536000, immutable"}
FORGET = {"Cache-Control": "no-store"}


class RefusedError(Exception):
    """A request that cannot be answered, with the status and the words that say why."""

    def __init__(self, status: int, message: str):
        super().__init__(message)
        self.status, self.message = status, message


def guarded(answer: Callable[[Request, Trace], Response]) -> Callable[[Request], Response]:
    """A handler that is given the trace, and whose errors become JSON with the status that fits.

    Of two traces (see `of_both`) it speaks of the first.
    """

    def about(request: Request, found: Trace | Pair) -> Response:
        return answer(request, found.this if isinstance(found, Pair) else found)

    return of_both(about)


def of_both(answer: Callable[[Request, Trace | Pair], Response]) -> Callable[[Request], Response]:
    """The same for a handler that knows what to say of two traces: the id is `other~this` then."""

    def handler(request: Request) -> Response:
        try:
            return answer(request, _found(request.path_params["trace"]))
        except RefusedError as refusal:
            return problem(request, refusal.message, refusal.status)
        except GlassformerError as error:
            return problem(request, str(error), 400)

    return handler


def _found(given: str) -> Trace | Pair:
    ids = given.split("~", 1)
    traces = [trace for trace in map(STORE.get, ids) if trace is not None]
    if len(traces) < len(ids):
        raise RefusedError(404, "this trace is not kept any more; open the page again to make it anew.")
    return traces[0] if len(traces) == 1 else Pair(this=traces[1], other=traces[0], key=ids[1])


def problem(request: Request, message: str, status: int) -> Response:
    """A refusal in the language asked for."""
    asked = request.query_params.get("lang", prose.DEFAULT)
    said = prose.catalogue(asked if asked in prose.languages() else prose.DEFAULT)
    return JSONResponse({"error": said.message(message)}, status, headers=FORGET)


def allow(request: Request, words: Iterable[str], who: str = "this route") -> None:
    """Refuses a parameter that is not one of `words`, or `lang`: it was meant to change something."""
    known = list(dict.fromkeys([*words, "lang"]))
    if unknown := sorted(set(request.query_params) - set(known)):
        raise RefusedError(400, f"unknown parameter {unknown[0][:40]!r}; {who} takes {', '.join(known)}.")


def language(request: Request) -> str:
    given = request.query_params.get("lang", prose.DEFAULT)
    if given not in prose.languages():
        raise RefusedError(400, f"lang={given[:40]!r} is not there; known: {', '.join(prose.languages())}.")
    return given


def stage_of(trace: Trace | Pair, request: Request) -> Stage:
    """The stage asked for; of a pair, its difference."""
    name = request.query_params.get("stage")
    if name is None:
        raise RefusedError(400, "stage is missing; give the full name of a stage, such as stage=embed.")
    if name not in (trace.this if isinstance(trace, Pair) else trace):
        raise RefusedError(404, f"this trace has no stage {name[:80]!r}.")
    return trace.stage(name)


def cell_of(request: Request, stage: Stage) -> tuple[int, ...]:
    """The cell asked for; whether the stage has it is for the stage to say."""
    given = request.query_params.get("cell", "")
    if not stage.axes and not given:
        return ()
    if not re.fullmatch(r"\d{1,9}(,\d{1,9})*", given):
        raise RefusedError(
            400, f"cell={given[:40]!r} must be whole numbers with commas, one an axis: {', '.join(stage.axes)}."
        )
    return stage.check_index(tuple(int(i) for i in given.split(",")))


def place(request: Request, axis: str, size: int) -> Place:
    """One place or a range of an axis, checked against its size; all of it where nothing is said."""
    given = request.query_params.get(axis)
    if given is None:
        return slice(0, size)
    start, colon, stop = given.partition(":")
    first = number(axis, start or "0" if colon else start, 0, size - (0 if colon else 1))
    if not colon:
        return first
    return slice(first, number(axis, stop or str(size), first, size))


def number(name: str, given: str, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,9}", given) or not low <= int(given) <= high:
        raise RefusedError(400, f"{name}={given[:40]!r} must be a whole number from {low} to {high}.")
    return int(given)
