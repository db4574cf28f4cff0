"""A graph drawn from its edges, once for each eigenvector: colours are the nodes' numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from viz import theme
from viz.positions.figures import CLEAR
from viz.positions.graphs import Edges, Places

if TYPE_CHECKING:
    import plotly.graph_objects as go

SHORTER = 0.12  # of an arrow, so that its head is seen beside the node


def drawn(found: Places, edges: Edges, where: np.ndarray, most: int, phases: bool) -> go.Figure:
    """where: [node, (x, y)]. The first `most` eigenvectors, two in a row, all on one scale of colours.

    phases: a line from each node points along its complex number.
    """
    from plotly.subplots import make_subplots

    count = max(1, min(most, len(found.values)))
    titles = [f"λ = {value:.4g}" for value in found.values[:count]] or ["the graph"]
    rows = -(-count // 2)
    figure = make_subplots(rows, min(2, count), subplot_titles=titles, horizontal_spacing=0.04, vertical_spacing=0.1)
    limit = float(np.abs(found.vectors.real).max()) if found.vectors.size else 1.0
    numbers = found.vectors if found.vectors.size else np.zeros((len(where), 1), complex)
    for i in range(count):
        place = {"row": i // 2 + 1, "col": i % 2 + 1}
        _edges(figure, edges, where, place)
        if phases:
            _phases(figure, numbers[:, i], where, place)
        _nodes(figure, numbers[:, i], where, limit or 1.0, place, scale=i == 0)
    figure.update_layout(
        height=60 + 280 * rows, paper_bgcolor=CLEAR, plot_bgcolor=CLEAR, margin={"l": 8, "r": 8, "t": 34, "b": 8},
        showlegend=False,
    )  # fmt: skip
    figure.update_xaxes(visible=False, range=[-1.35, 1.35])
    figure.update_yaxes(visible=False, range=[-1.35, 1.35])
    return figure


def _edges(figure: go.Figure, edges: Edges, where: np.ndarray, place: dict[str, int]) -> None:
    import plotly.graph_objects as go

    there, x, y = set(edges), list[float | None](), list[float | None]()
    for a, b in edges:
        if (b, a) in there and a < b:
            x += [where[a, 0], where[b, 0], None]
            y += [where[a, 1], where[b, 1], None]
    line = {"color": theme.GREY, "width": 1.5}
    figure.add_trace(go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name="links"), **place)
    for a, b in edges:
        if (b, a) not in there:
            step = where[b] - where[a]
            far = float(np.hypot(*step)) or 1.0
            ends = np.stack([where[a] + step * SHORTER / far, where[b] - step * SHORTER / far])
            figure.add_trace(
                go.Scatter(
                    x=ends[:, 0], y=ends[:, 1], mode="lines+markers", line=line, hoverinfo="skip", name=f"{a} to {b}",
                    marker={"symbol": "arrow", "angleref": "previous", "size": [0, 12], "color": theme.GREY},
                ),
                **place,
            )  # fmt: skip


def _phases(figure: go.Figure, numbers: np.ndarray, where: np.ndarray, place: dict[str, int]) -> None:
    import plotly.graph_objects as go

    ends = where + 0.3 * np.stack([numbers.real, numbers.imag], -1) / (np.abs(numbers).max() or 1.0)
    gap = np.full(len(where), np.nan)
    x, y = (np.stack([where[:, d], ends[:, d], gap], -1).ravel() for d in (0, 1))
    line = {"color": theme.PIN, "width": 2.5}
    figure.add_trace(go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", name="phase"), **place)


def _nodes(
    figure: go.Figure, numbers: np.ndarray, where: np.ndarray, limit: float, place: dict[str, int], scale: bool
) -> None:
    import plotly.graph_objects as go

    said = [
        f"node {i}: {z.real:.4g}{f' {z.imag:+.4g} i' if numbers.imag.any() else ''}" for i, z in enumerate(numbers)
    ]  # fmt: skip
    marker = {
        "size": 22, "color": numbers.real.astype(np.float32), "cmin": -limit, "cmax": limit,
        "colorscale": theme.DIVERGING, "line": {"color": theme.GREY, "width": 1.5}, "showscale": scale,
        "colorbar": {"thickness": 10, "len": 0.9},
    }  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=where[:, 0], y=where[:, 1], mode="markers+text", text=[str(i) for i in range(len(where))], name="nodes",
            marker=marker, hovertext=said, hovertemplate="%{hovertext}<extra></extra>", textfont={"size": 12},
        ),
        **place,
    )  # fmt: skip
