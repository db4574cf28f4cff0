"""Read-only data routes beside Streamlit: numbers as bytes, everything in words as JSON.

A trace never changes, so answers may be kept for ever; its id is a secret, so by nobody but this browser.
Two ids, `other~this`, ask for what the first has more than the second.
Handlers are plain functions: Starlette runs them in worker threads, and traces may be read from any.
"""

from starlette.routing import Route

from viz.routes.changes import answers, changes
from viz.routes.lab import worked_cell
from viz.routes.leaving import made
from viz.routes.numbers import cells, overview, weights
from viz.routes.sayings import explanation, page, pieces, readers, readout
from viz.routes.space import faces, scene
from viz.routes.writing import grown, next_token

ROUTES = [
    Route(f"/data/{{trace}}/{name}", handler, methods=["GET"])
    for name, handler in {
        "cells": cells,
        "weights": weights,
        "overview": overview,
        "page": page,
        "explain": explanation,
        "readers": readers,
        "readout": readout,
        "pieces": pieces,
        "scene": scene,
        "faces": faces,
        "next": next_token,
        "grown": grown,
        "changes": changes,
        "answers": answers,
    }.items()
]
ROUTES.append(Route("/data/lab/{setup}/worked", worked_cell, methods=["GET"]))
ROUTES.append(Route("/data/leave/{file}", made, methods=["GET"]))
