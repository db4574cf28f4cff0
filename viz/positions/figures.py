"""Plotly figures of what the other files of this folder find. Scales are given, never fitted to one picture alone.

Nothing here knows whether the page is light or dark: backgrounds are transparent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from viz import theme

if TYPE_CHECKING:
    import plotly.graph_objects as go


CLEAR = "rgba(0, 0, 0, 0)"


def base(height: int, x: str = "", y: str = "", **more: Any) -> go.Figure:
    """An empty figure with its axes named."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.update_layout(
        height=height, paper_bgcolor=CLEAR, plot_bgcolor=CLEAR, margin={"l": 8, "r": 8, "t": 30, "b": 8},
        xaxis={"title": x, "automargin": True, "zeroline": False, "showgrid": False},
        yaxis={"title": y, "automargin": True, "zeroline": False, "showgrid": False},
        legend={"orientation": "h", "y": -0.25, "x": 0}, **more,
    )  # fmt: skip
    return figure


def _cells(
    z: np.ndarray, x: str, y: str, most: float, marks: tuple[Any, Any] | None = None, sequential: bool = False
) -> list[go.Heatmap]:
    """The numbers, and in grey the cells that are hidden (NaN)."""
    import plotly.graph_objects as go

    z = np.asarray(z, np.float32)
    given = {} if marks is None else {"y": list(marks[0]), "x": list(marks[1])}
    low, scale = (0.0, theme.SEQUENTIAL) if sequential else (-most, theme.DIVERGING)
    out = [
        go.Heatmap(
            z=z, zmin=low, zmax=most, colorscale=scale, hoverongaps=False, name="",
            hovertemplate=f"{y} %{{y}}, {x} %{{x}}: %{{z:.5g}}", colorbar={"thickness": 10, "len": 0.9}, **given,
        )
    ]  # fmt: skip
    if np.isnan(z).any():
        grey = np.where(np.isnan(z), np.float32(1), np.float32(np.nan))
        out.append(
            go.Heatmap(
                z=grey, colorscale=[[0, theme.MASKED], [1, theme.MASKED]], showscale=False, hoverongaps=False, name="",
                hovertemplate=f"{y} %{{y}}, {x} %{{x}}: hidden by the mask", **given,
            )
        )  # fmt: skip
    return out


def matrix(
    z: np.ndarray, x: str, y: str, most: float, title: str = "", at: Sequence[tuple[str, int]] = (),
    marks: tuple[Any, Any] | None = None, height: int = 340, sequential: bool = False,
) -> go.Figure:  # fmt: skip
    """One matrix, its first row on top. Colours run from -most to most, or with `sequential` from 0 to most.

    at: ("row" or "column", number) to be framed; marks: labels of rows and columns.
    """
    figure = base(height, x, y, title={"text": title, "font": {"size": 14}})
    figure.add_traces(_cells(z, x, y, most, marks, sequential))
    figure.update_yaxes(autorange="reversed")
    for which, n in at:
        span = {"y0": n - 0.5, "y1": n + 0.5, "x0": -0.5, "x1": z.shape[1] - 0.5}
        if which == "column":
            span = {"x0": n - 0.5, "x1": n + 0.5, "y0": -0.5, "y1": z.shape[0] - 0.5}
        figure.add_shape(type="rect", line={"color": theme.PIN, "width": 1.5}, **span)
    return figure


def lines(
    some: Mapping[str, np.ndarray | Sequence[float]], x: str, y: str, at: float | None = None,
    bands: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None, height: int = 320, mark: str = "",
    span: tuple[float, float] | None = None,
) -> go.Figure:  # fmt: skip
    """Curves in one frame; a hover reads all of them at once. at: a place to be marked; bands: smallest, largest."""
    import plotly.graph_objects as go

    figure = base(height, x, y, hovermode="x unified")
    for i, (name, values) in enumerate(some.items()):
        look = theme.line(i)
        here = list(range(len(values)))
        if bands and name in bands:
            low, high = bands[name]
            figure.add_trace(
                go.Scatter(
                    x=[*here, *here[::-1]], y=np.concatenate([high, low[::-1]]).astype(np.float32), fill="toself",
                    fillcolor=look["color"], opacity=0.15, line={"width": 0}, hoverinfo="skip", showlegend=False,
                )
            )  # fmt: skip
        figure.add_trace(
            go.Scatter(
                x=here, y=np.asarray(values, np.float32), name=name, mode="lines", line={**look, "width": 2},
                hovertemplate="%{y:.4g}",
            )
        )  # fmt: skip
    if at is not None:
        figure.add_vline(x=at, line={"color": theme.PIN, "width": 1.5}, annotation_text=mark)
    figure.update_yaxes(zeroline=True, zerolinecolor=theme.GREY, range=span)
    if max((len(values) for values in some.values()), default=0) <= 12:
        figure.update_xaxes(dtick=1)  # whole numbers only
    return figure
