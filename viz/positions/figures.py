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

    from viz.positions.one import Hand
    from viz.positions.rotation import Arrows

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


def panels(
    some: Mapping[str, np.ndarray], most: float, at: tuple[int, int] | None = None, x: str = "key", y: str = "query"
) -> go.Figure:
    """Matrices of one size on one colour scale, two in a row; zooming one zooms all. at: (query, key) to be framed."""
    from plotly.subplots import make_subplots

    columns = min(2, len(some))
    rows = -(-len(some) // columns)
    figure = make_subplots(
        rows, columns, subplot_titles=list(some), shared_xaxes="all", shared_yaxes="all",
        horizontal_spacing=0.06, vertical_spacing=0.36 / rows,
    )  # fmt: skip
    for i, z in enumerate(some.values()):
        place = {"row": i // columns + 1, "col": i % columns + 1}
        for trace in _cells(z, x, y, most):
            if trace.showscale is not False:
                trace.update(coloraxis="coloraxis")
            figure.add_trace(trace, **place)
        if at is not None:
            (q, k), line = at, {"color": theme.PIN, "width": 1.5}
            figure.add_shape(type="rect", x0=k - 0.5, x1=k + 0.5, y0=q - 0.5, y1=q + 0.5, line=line, **place)
    figure.update_layout(
        height=60 + 280 * rows, paper_bgcolor=CLEAR, plot_bgcolor=CLEAR, margin={"l": 8, "r": 8, "t": 30, "b": 8},
        coloraxis={"colorscale": theme.DIVERGING, "cmin": -most, "cmax": most, "colorbar": {"thickness": 10}},
    )  # fmt: skip
    figure.update_annotations(font_size=13)
    figure.update_xaxes(showgrid=False, zeroline=False, showticklabels=True, automargin=True)
    figure.update_yaxes(autorange="reversed", showgrid=False, zeroline=False, automargin=True)
    figure.update_xaxes(title=x, row=rows)
    figure.update_yaxes(title=y, col=1)
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


def clocks(hands: Sequence[Hand], height: int = 190) -> go.Figure:
    """A clock for each pair: its hand at one position."""
    import plotly.graph_objects as go

    figure = base(height, hovermode="closest")
    a = np.linspace(0, 2 * np.pi, 49)
    columns = 4 if len(hands) <= 16 else 8  # few enough to be seen on a phone
    for i, hand in enumerate(hands):
        across, down = 2.4 * (i % columns), -2.9 * (i // columns)
        figure.add_trace(
            go.Scatter(
                x=(across + np.cos(a)).astype(np.float32), y=(down + np.sin(a)).astype(np.float32), mode="lines",
                line={"color": theme.GREY, "width": 1}, hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip
        figure.add_trace(
            go.Scatter(
                x=[across, across + hand.x], y=[down, down + hand.y], mode="lines+markers", showlegend=False, name="",
                line={"color": theme.AXIS_COLOURS["position"], "width": 3}, marker={"size": [0, 7]},
                hovertemplate=f"pair {hand.pair}: angle {hand.angle:.5g}, wavelength {hand.wavelength:.5g} positions",
            )
        )  # fmt: skip
        figure.add_annotation(x=across, y=down - 1.35, text=f"pair {hand.pair}", showarrow=False, font={"size": 11})
    rows = -(-len(hands) // columns)
    figure.update_layout(height=height * rows)
    figure.update_xaxes(visible=False, range=[-1.2, 2.4 * min(columns, len(hands)) - 1.2])
    figure.update_yaxes(visible=False, scaleanchor="x", range=[-2.9 * (rows - 1) - 1.7, 1.2])
    return figure


def arrows(found: Arrows, query: int, key: int) -> go.Figure:
    """One pair of a query and a key: faint before, strong after they are turned to their places."""
    import plotly.graph_objects as go

    figure = base(320)
    for (x, y), name, colour, strength in (
        (found.q, "q", theme.POSITIVE, 0.6), (found.k, "k", theme.NEGATIVE, 0.6),
        (found.turned_q, f"q turned to {query}", theme.POSITIVE, 1.0),
        (found.turned_k, f"k turned to {key}", theme.NEGATIVE, 1.0),
    ):  # fmt: skip
        figure.add_trace(
            go.Scatter(
                x=[0, x], y=[0, y], name=name, mode="lines+markers", opacity=strength,
                line={"color": colour, "width": 3, "dash": "solid" if strength == 1 else "dot"},
                marker={"symbol": "arrow", "angleref": "previous", "size": [0, 14]},
                hovertemplate="(%{x:.4g}, %{y:.4g})",
            )
        )  # fmt: skip
    most = 1.1 * max(1.0, *(abs(v) for pair in (found.turned_q, found.turned_k) for v in pair))
    figure.update_xaxes(range=[-most, most], title="first dimension of the pair")
    figure.update_yaxes(range=[-most, most], scaleanchor="x", title="second")
    return figure


def bars(some: Mapping[str, np.ndarray], x: str, y: str, height: int = 280) -> go.Figure:
    """Bars side by side, one for each place on the x axis."""
    import plotly.graph_objects as go

    figure = base(height, x, y, barmode="group", hovermode="x unified")
    for i, (name, values) in enumerate(some.items()):
        figure.add_trace(
            go.Bar(y=np.asarray(values, np.float32), name=name, marker_color=theme.LINES[i], hovertemplate="%{y:.4g}")
        )
    return figure
