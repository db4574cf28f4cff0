"""A file that was made of a walk, to be downloaded. The browser writes into it where the person stands."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from viz.routes.asking import FORGET, RefusedError, allow, problem
from viz.store import FILES

# It is for the disk: in a window of this server's it would run on the server's own address.
ASIDE = {**FORGET, "Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}


def made(request: Request) -> Response:
    """`/data/leave/{file}`: see `viz.leave`."""
    try:
        allow(request, ())
    except RefusedError as refusal:
        return problem(request, refusal.message, refusal.status)
    body = FILES.get(request.path_params["file"])
    if body is None:
        return problem(request, "this file is not kept any more; make it again.", 404)
    return Response(body, media_type="text/html", headers=ASIDE)
