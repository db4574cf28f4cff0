"""The scene: where blocks stand, and what they show from afar."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from model import Trace
from model.blueprint import blueprint, ruled
from viz import faces as seen
from viz import labels
from viz.difference import Pair, same_as, stage_source, weight_source
from viz.layouts import LAYOUTS, layout, parameters
from viz.routes.asking import KEEP, RefusedError, allow, number, of_both
from viz.scene import Scene, laid_out, weights_of

MOST_NAMES = 64  # of one answer
MOST_PATCHES = 256  # along each side of a face


@of_both
def scene(request: Request, trace: Trace | Pair) -> Response:
    """`/data/{trace}/scene`: every block of the trace. `?layout=gpt3`: of a network that is not here, to scale."""
    allow(request, ("layout",))
    name = request.query_params.get("layout")
    if name is None:
        return JSONResponse(own(trace), headers=KEEP)
    if name not in LAYOUTS:
        raise RefusedError(404, f"there is no layout {name[:40]!r}; there are {', '.join(LAYOUTS)}.")
    return JSONResponse(beside(trace.this if isinstance(trace, Pair) else trace, name), headers=KEEP)


def own(given: Trace | Pair) -> dict[str, Any]:
    """Every block of the trace, and the networks that can stand beside it. Of two traces: of this one's.

    What an edit has set apart from the tensor that it was is a block of its own, also where it is so in one of the two.
    """
    trace = given.this if isinstance(given, Pair) else given
    network = trace.network if trace.network is not None else blueprint(trace.config)
    stages = [replace(stage, same_as=same_as(given, stage.name)) for stage in ruled(trace).stages]
    found = row(laid_out(stages, weights_of(network)))
    shared = {w: network.weights.canonical(w) for stage in stages for w in stage.weights}
    found["layouts"] = {key: known.title for key, known in LAYOUTS.items()}
    found["same"] = {**found["same"], **{w: other for w, other in shared.items() if w != other}}
    return found


def beside(trace: Trace, name: str) -> dict[str, Any]:
    """The blocks of a network that is not here, on an input as long as the trace's."""
    drawn = layout(name, max(map(len, labels.inputs(trace).values())))
    return {**row(drawn), "title": LAYOUTS[name].title, "parameters": parameters(drawn)}


def row(found: Scene) -> dict[str, Any]:
    """`SceneInfo` of `web/src/scene/types.ts`."""
    return {
        "blocks": [
            {
                "name": b.name, "role": b.role, "axes": b.axes, "shape": b.shape, "corner": b.corner, "size": b.size,
                "steps": b.steps, "floor": b.floor, "side": b.side,
            }
            for b in found.blocks.values()
        ],
        "same": found.same,
        "size": found.size,
    }  # fmt: skip


@of_both
def faces(request: Request, trace: Trace | Pair) -> Response:
    """`/data/{trace}/faces?stages=a,b&weights=W_E&most=64`: see `viz.faces`."""
    allow(request, ("stages", "weights", "most"))
    asked = request.query_params
    most = number("most", asked.get("most", "64"), 1, MOST_PATCHES)
    stages, weights = ([n for n in asked.get(word, "").split(",") if n] for word in ("stages", "weights"))
    if not 0 < len(stages) + len(weights) <= MOST_NAMES:
        raise RefusedError(400, f"give 1 to {MOST_NAMES} names in stages= and weights=, with commas.")
    here = trace.this if isinstance(trace, Pair) else trace
    if unknown := [n for n in stages if n not in here]:
        raise RefusedError(404, f"this trace has no stage {unknown[0][:80]!r}.")
    if here.network is not None and (unknown := [n for n in weights if n not in here.network.weights]):
        raise RefusedError(404, f"this model has no weight {unknown[0][:80]!r}.")
    sources = [*(stage_source(trace, n) for n in stages), *(weight_source(trace, n) for n in weights)]
    return Response(seen.message(sources, most), media_type="application/octet-stream", headers=KEEP)
