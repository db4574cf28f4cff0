"""Which cell of a stage to show first, when nobody has chosen one."""

from __future__ import annotations

import numpy as np

from model import Stage, Trace
from viz.arrays import to_numpy


def worth_pinning(trace: Trace, stage: Stage) -> tuple[int, ...]:
    """The cell of largest magnitude in the last token's row; () where the stage has no cells.

    Of scores for a vocabulary in the first row: what the last one says is for the reader to guess.
    """
    if 0 in stage.shape:
        return ()
    values = to_numpy(trace[stage.name])
    axis = next((i for i, a in enumerate(stage.axes) if a in ("position", "query")), None)
    row = 0 if axis is None or stage.axes[-1] == "d_vocab" else stage.shape[axis] - 1
    if axis is not None:
        values = values.take([row], axis)
    size = np.where(np.isfinite(values), np.abs(values), -1)
    found = [int(i) for i in np.unravel_index(int(size.argmax()), size.shape)]
    if axis is not None:
        found[axis] = row
    return tuple(found)
