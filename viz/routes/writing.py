"""What the next token is chosen from, and what stayed the same when the input grew."""

from __future__ import annotations

import math

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from model import Trace
from model.generate import Sampling
from viz.growth import growth
from viz.next_token import How, choice
from viz.routes.asking import KEEP, RefusedError, allow, guarded, number
from viz.store import STORE

MOST_DRAWS = 1 << 16


@guarded
def next_token(request: Request, trace: Trace) -> Response:
    """`/data/{trace}/next?temperature=0.8&top_k=40&min_p=0.05&seed=0&draws=3`: candidates, and the one chosen.

    Settings have the names of `Sampling`; one that is left out does nothing.
    """
    allow(request, ("repetition_penalty", "temperature", "top_k", "top_p", "min_p", "seed", "draws"))
    asked = request.query_params
    seed = number("seed", asked.get("seed", "0"), 0, 10**9 - 1)
    draws = number("draws", asked.get("draws", "0"), 0, MOST_DRAWS)
    sampling = Sampling(
        temperature=_decimal(asked.get("temperature", "0"), "temperature"),
        top_k=number("top_k", asked["top_k"], 1, 10**9 - 1) if "top_k" in asked else None,
        top_p=_decimal(asked["top_p"], "top_p") if "top_p" in asked else None,
        min_p=_decimal(asked["min_p"], "min_p") if "min_p" in asked else None,
        repetition_penalty=_decimal(asked.get("repetition_penalty", "1"), "repetition_penalty"),
    )
    found = choice(trace, How(sampling, seed, draws))
    if found is None:
        raise RefusedError(404, "this model scores no tokens of a vocabulary, so it predicts none.")
    return JSONResponse(found, headers=KEEP)


@guarded
def grown(request: Request, trace: Trace) -> Response:
    """`/data/{trace}/grown?before=ID`: which keys and values are the numbers that they were in that trace."""
    allow(request, ("before",))
    before = STORE.get(request.query_params.get("before", ""))
    if before is None:
        raise RefusedError(404, "the trace before this one is not kept any more.")
    found = growth(before, trace)
    if found is None:
        raise RefusedError(400, "before= is not a pass over the same input with fewer tokens.")
    return JSONResponse(
        {"side": found.side, "first": found.first, "kept": found.kept, "changed": found.changed, "apart": found.apart},
        headers=KEEP,
    )


def _decimal(given: str, name: str) -> float:
    """A number as JavaScript writes it; whether it is in range is for the model to say."""
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RefusedError(400, f"{name}={given[:40]!r} must be a number, such as 0.8.")
    return value
