"""Which cell of a stage to show first, when nobody has chosen one."""

from __future__ import annotations

import numpy as np

from model import Stage, Trace
from viz.arrays import to_numpy


def worth_pinning(trace: Trace, stage: Stage) -> tuple[int, ...]:
    """The cell of largest magnitude in the last token's row; () where the stage has no cells."""
    if 0 in stage.shape:
        return ()
    values = to_numpy(trace[stage.name])
    axis = next((i for i, a in enumerate(stage.axes) if a in ("position", "query")), None)
    if axis is not None:
        values = values.take([stage.shape[axis] - 1], axis)
    size = np.where(np.isfinite(values), np.abs(values), -1)
    found = [int(i) for i in np.unravel_index(int(size.argmax()), size.shape)]
    if axis is not None:
        found[axis] = stage.shape[axis] - 1
    return tuple(found)
