"""Which cell of a stage to show first, when nobody has chosen one; facts and questions are about the same."""

from __future__ import annotations

import numpy as np
import torch

from model import Stage, Trace
from viz import labels
from viz.arrays import to_numpy
from viz.chapters import predicting
from viz.words import key


def worth_pinning(trace: Trace, stage: Stage) -> tuple[int, ...]:
    """The cell of largest magnitude in the last token's row; () where the stage has no cells.

    Of scores for a vocabulary the largest, in the row that `row_of_scores` gives. Of masked scores a hidden
    one, if any. Of an attention pattern the one that the question is about.
    """
    if 0 in stage.shape:
        return ()
    if key(stage) == "pattern" and (looked := hardest(trace, stage)) is not None:
        return looked
    values = to_numpy(trace[stage.name])
    if key(stage) == "attn_scores" and (hidden := np.argwhere(np.isneginf(values[0]))).size:
        return (0, *(int(i) for i in hidden[-1]))
    axis = next((i for i, a in enumerate(stage.axes) if a in ("position", "query")), None)
    scores = axis == 0 and stage.axes[-1] == "d_vocab"
    row = 0 if axis is None else row_of_scores(trace, stage) if scores else stage.shape[axis] - 1
    if axis is not None:
        values = values.take([row], axis)
    size = np.where(np.isfinite(values), values if scores else np.abs(values), -np.inf)
    found = [int(i) for i in np.unravel_index(int(size.argmax()), size.shape)]
    if axis is not None:
        found[axis] = row
    return tuple(found)


def row_of_scores(trace: Trace, stage: Stage) -> int:
    """Of scores for a vocabulary, the row to tell of: the last real one.

    Where a later stage asks the reader to guess that row, and so does not cover this one, the first.
    """
    return max(last_real(trace, stage), 0) if predicting(trace) in (None, stage.name) else 0


def last_real(trace: Trace, stage: Stage) -> int:
    """The last position that is no padding; -1 where all are."""
    side = labels.side_of(trace, stage, "position")
    mask = trace.get(f"{side}.mask" if side else "mask")
    return (stage.shape[0] if mask is None else int(mask.sum())) - 1


def hardest(trace: Trace, stage: Stage) -> tuple[int, int, int] | None:
    """(head, query, key) of the largest share that goes neither to the first token nor to the query's own.

    Only where it is the largest of its row. Failing that, one that does not go to the query's own.
    """
    pattern = trace[stage.name].float()
    best = pattern.argmax(dim=-1)  # [head, query]
    share = pattern.amax(dim=-1)
    queries = torch.arange(pattern.shape[1], device=pattern.device)
    other = torch.ones_like(best, dtype=torch.bool) if ".cross_attn." in stage.name else best != queries
    for wanted in (other & (best != 0), other):
        if bool(wanted.any()):
            place = int(torch.where(wanted, share, -1.0).argmax())
            head, query = divmod(place, pattern.shape[1])
            return head, query, int(best[head, query])
    return None
