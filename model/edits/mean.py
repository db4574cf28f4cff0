"""Mean ablation: a part of a stage is replaced by what it is on average over the positions of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model.edits.edit import Edit
from model.edits.selection import select
from model.errors import EditError

if TYPE_CHECKING:
    from model.trace import Trace

ALONG = ("position", "query")  # axes along which the tokens of the input stand


def mean(trace: Trace, name: str, **axes: Any) -> Edit:
    """The edit that puts, at every chosen place, the mean over all positions of the trace's own stage.

    axes say which part, as for `Edit`. Raises EditError for a stage without positions, or one that holds no finite
    mean.
    """
    stage = trace.stage(name)
    axis = next((a for a in ALONG if a in stage.axes), None)
    if axis is None or stage.kind in ("index", "count"):
        raise EditError(f"{name} has no mean over positions: its axes are {', '.join(stage.axes)}.")
    whole = trace[name]
    average = whole.mean(stage.axes.index(axis), keepdim=True).expand_as(whole)
    chosen = average[select(Edit(name, "zero", **axes), stage.axes, tuple(whole.shape))]
    if not chosen.isfinite().all():
        raise EditError(f"{name} has no mean over positions: some of its cells are hidden.")
    return Edit(name, "replace", chosen.clone(), **axes)
