"""The numbers of a figure as a table in text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go


def table(figure: go.Figure) -> str:
    """CSV: one line a cell of a matrix or a point of a curve. What only decorates the picture is left out."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["part", "y", "x", "value"] if figure.data[0].type == "heatmap" else ["part", "x", "y"])
    titles = [a.text for a in figure.layout.annotations]
    matrices = 0
    for trace in figure.data:
        if trace.type == "heatmap" and trace.hovertemplate and "hidden" not in trace.hovertemplate:
            part = titles[matrices] if matrices < len(titles) else figure.layout.title.text or ""
            matrices += 1
            writer.writerows([part, *cell] for cell in _cells(trace))
        elif trace.type in ("scatter", "bar") and trace.hoverinfo != "skip":
            xs = range(len(trace.y)) if trace.x is None else trace.x
            writer.writerows([trace.name, x, y] for x, y in zip(xs, trace.y, strict=True))
    return out.getvalue()


def _cells(trace: Any) -> Iterator[tuple[object, object, object]]:
    z = np.asarray(trace.z)
    rows = range(z.shape[0]) if trace.y is None else trace.y
    columns = range(z.shape[1]) if trace.x is None else trace.x
    for y, row in zip(rows, z, strict=True):
        for x, value in zip(columns, row, strict=True):
            if not np.isnan(value):
                yield y, x, value
