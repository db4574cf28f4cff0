"""What the browser is told of a pass that another is compared with; `Compared` of `web/src/walkthrough/types.ts`."""

from __future__ import annotations

from typing import Any

from model import Trace
from viz.difference import Pair, unlike, unlike_weights
from viz.manifest import About, Start, manifest


def row(this: tuple[Trace, About], other: tuple[Trace, About], kind: str, title: str) -> dict[str, Any]:
    """kind: "edit", "weights", "input" or "model"; title: what the other is, in words.

    Of the other manifest only what differs travels: for an edit, hardly anything.
    """
    mine, theirs = (manifest(trace, about, Start()) for trace, about in (this, other))
    pair = Pair(this[0], other[0])
    return {
        "kind": kind,
        "title": title,
        "pair": f"{theirs['trace']}~{mine['trace']}",
        "manifest": {key: value for key, value in theirs.items() if key not in mine or mine[key] != value},
        "without": [key for key in mine if key not in theirs],
        "unlike": [n for n in pair.this.names if unlike(pair, n)] + unlike_weights(pair),
        "alike": _shapes(this[0]) == _shapes(other[0]),
    }


def _shapes(trace: Trace) -> list[tuple[Any, ...]]:
    return [(s.name, s.axes, s.shape) for s in trace.stages]
