"""What the lab of positional encodings asks for: a formula with the numbers of one cell."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from model import GlassformerError
from viz.arrays import exact
from viz.positions import held, worked
from viz.routes.asking import KEEP, RefusedError, allow, number, problem


def worked_cell(request: Request) -> Response:
    """`/data/lab/{setup}/worked?at=5&dim=4`, or `at=5&key=2&head=1` of a bias."""
    try:
        setup = held.get(request.path_params["setup"])
        if setup is None:
            raise RefusedError(404, "this encoding is not kept any more; open the page again.")
        allow(request, ("at", "dim", "key", "head"))
        asked = request.query_params
        at = number("at", asked.get("at", "0"), 0, setup.positions - 1)
        other = asked.get("key", asked.get("dim", "0"))
        most = (setup.positions if "key" in asked else setup.width) - 1
        head = number("head", asked.get("head", "0"), 0, setup.heads - 1)
        found = worked.cell(setup, at, number("key" if "key" in asked else "dim", other, 0, most), head)
    except RefusedError as refusal:
        return problem(request, refusal.message, refusal.status)
    except GlassformerError as error:
        return problem(request, str(error), 400)
    if found is None:
        return problem(request, "this encoding computes nothing here.", 404)
    body = {"general": found.general, "latex": found.latex, "value": exact(found.value)}
    return JSONResponse({**body, "stage": found.stage, "index": list(found.index)}, headers=KEEP)
