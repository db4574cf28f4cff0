"""Numbers as bytes: a window of a stage or of a weight, or an overview of one too large to send.

Of two traces (`other~this` in the place of the id) they are differences.
"""

from __future__ import annotations

import math

from starlette.requests import Request
from starlette.responses import Response

from model import Trace
from viz.arrays import Block, encode
from viz.difference import Pair, stage_source, weight_source
from viz.routes.asking import KEEP, RefusedError, allow, number, of_both, place, stage_of
from viz.tensors import Place, Source
from viz.windows import overview as shrink

MOST_NUMBERS = 4 << 20  # of one answer: 16 MB
MOST_BINS = 4096  # along one axis of an overview


@of_both
def cells(request: Request, trace: Trace | Pair) -> Response:
    """`/data/{trace}/cells?stage=NAME&head=2&position=0:16&lang=en`: an axis left out is whole; a number drops it."""
    stage = stage_of(trace, request)
    allow(request, ("stage", *stage.axes), stage.name)
    return _window(request, stage_source(trace, stage.name))


@of_both
def weights(request: Request, trace: Trace | Pair) -> Response:
    """`/data/{trace}/weights?name=NAME&d_model=0:16&lang=en`: the same for a weight."""
    source = _weight(trace, request, "name")
    allow(request, ("name", *source.axes), source.name)
    return _window(request, source)


@of_both
def overview(request: Request, trace: Trace | Pair) -> Response:
    """`/data/{trace}/overview?stage=NAME&rows=64&cols=256&head=2&lang=en`: the strongest cell of each bin.

    One or two axes keep a range; the others take one place each. `weight=NAME` instead of a stage.
    """
    asked = request.query_params
    which = "weight" if "weight" in asked else "stage"
    source = _weight(trace, request, which) if which == "weight" else stage_source(trace, stage_of(trace, request).name)
    allow(request, (which, "rows", "cols", *source.axes), source.name)
    chosen = _chosen(request, source)
    kept = sum(isinstance(c, slice) for c in chosen)
    if kept not in (1, 2):
        raise RefusedError(400, f"{source.name}: give one place along all axes but one or two; {kept} are left.")
    most = [number(word, asked.get(word, "256"), 1, MOST_BINS) for word in ("rows", "cols")][2 - kept :]
    values, bins = shrink(source.cut(chosen), tuple(most))
    return _message(source.part(values, chosen, bin=bins))


def _weight(trace: Trace | Pair, request: Request, word: str) -> Source:
    name = request.query_params.get(word)
    if name is None:
        raise RefusedError(400, f"{word} is missing; give the full name of a weight, such as {word}=W_E.")
    network = (trace.this if isinstance(trace, Pair) else trace).network
    if network is not None and name not in network.weights:
        raise RefusedError(404, f"this model has no weight {name[:80]!r}.")
    return weight_source(trace, name)


def _chosen(request: Request, source: Source) -> list[Place]:
    return [place(request, axis, size) for axis, size in zip(source.axes, source.tensor.shape, strict=True)]


def _window(request: Request, source: Source) -> Response:
    chosen = _chosen(request, source)
    count = math.prod(c.stop - c.start if isinstance(c, slice) else 1 for c in chosen)
    if count > MOST_NUMBERS:
        raise RefusedError(
            400,
            f"{source.name} asks for {count:,} numbers; one answer holds {MOST_NUMBERS:,}. "
            f"Give ranges, such as {source.axes[0]}=0:16.",
        )
    return _message(source.block(chosen))


def _message(block: Block) -> Response:
    return Response(encode([block]), media_type="application/octet-stream", headers=KEEP)
