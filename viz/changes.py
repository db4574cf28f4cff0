"""How much every stage differs between two traces: where the first change is, and which stages changed most."""

from __future__ import annotations

from typing import Any

import numpy as np

from viz.arrays import plain
from viz.difference import Pair, same_as, stage_source, unlike


def changes(pair: Pair) -> dict[str, Any]:
    """`Changes` of types.ts: a row a stage in the order computed; one that is another's very tensor in both is left
    out."""
    rows: list[dict[str, Any]] = []
    for stage in pair.this.stages:
        if unlike(pair, stage.name):
            rows.append({"name": stage.name, "most": None, "relative": None, "at": None})
        elif same_as(pair, stage.name) is None:
            rows.append(most_changed(pair, stage.name))
    first = next((row["name"] for row in rows if row["most"] not in (None, 0)), None)
    return {"first": first, "stages": rows}


def most_changed(pair: Pair, name: str) -> dict[str, Any]:
    """most: the largest difference; at: the cell it is in; relative: to the largest number of the stage here."""
    found = np.abs(stage_source(pair, name).numbers())
    if not found.size:
        return {"name": name, "most": 0, "relative": 0, "at": None}
    sizes = np.where(np.isnan(found), np.inf, found)  # what is no number in one of them alone has changed entirely
    place = int(sizes.argmax())
    most = float(sizes.flat[place])
    known = stage_source(pair.this, name).limits
    reach = max(abs(known.low), abs(known.high))
    at = [int(i) for i in np.unravel_index(place, found.shape)] if most else None
    return {"name": name, "most": plain(most), "relative": plain(most / reach) if reach else None, "at": at}
