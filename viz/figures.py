"""The default picture of any tensor: heatmaps, rows by columns, one panel a head."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from viz import theme
from viz.arrays import exact, short
from viz.labels import for_plotly
from viz.sheet import Index, Limits, Panel, Sheet, limits, notes, panels

MOST_POINTS = 2500  # cells that can be pointed at one by one; more would slow the browser down
MOST_TEXTS = 160  # cells with their number written in them
AXIS_WORDS = {
    "position": "position", "query": "query (looks)", "key": "key (looked at)", "d_model": "dimension of the stream",
    "d_head": "dimension in the head", "d_mlp": "hidden unit", "d_vocab": "token of the vocabulary",
}  # fmt: skip
PANEL_WORDS = {"head": "head", "kv_head": "key/value head"}


@dataclass(frozen=True)
class Picture:
    """A Plotly figure, its description for those who cannot see it, and what it leaves out."""

    figure: go.Figure
    alt: str
    notes: list[str]


def picture(
    sheet: Sheet,
    *,
    chosen: int | None = None,
    pin: Index | None = None,
    lit: Iterable[Index] = (),
    clickable: bool = False,
    tall: int = 460,
) -> Picture:
    """The picture of a tensor.

    chosen     only this head
    pin        the cell under inspection, outlined
    lit        cells that it was computed from, outlined thinly
    clickable  each cell is a point whose `customdata` is its index, if there are not too many
    tall       height in pixels that all rows of panels together may take
    """
    if not sheet.values.size:  # an expert that no token chose
        said = ["It is empty for this input."]
        return Picture(go.Figure(layout={"height": 40, "template": theme.template()}), _alt(sheet, said), said)
    shown = list(panels(sheet, chosen, pin or next(iter(lit), None)))
    bounds = limits(sheet.kind, np.concatenate([p.values.ravel() for p in shown]))
    per_row = max(1, min(len(shown), 4, 54 // max(len(shown[0].cols), 1)))
    n_rows = math.ceil(len(shown) / per_row)
    cell = max(5.0, min(30.0, (tall - 50) / n_rows / len(shown[0].rows)))
    titles = [_panel_title(p) for p in shown]
    gap = 34 if any(titles) else 16
    plot = [cell * len(shown[0].rows)] * n_rows
    height = int(sum(plot) + gap * (n_rows - 1)) + 78
    figure = make_subplots(
        rows=n_rows, cols=per_row, horizontal_spacing=0.03, vertical_spacing=gap / max(height, 1) if n_rows > 1 else 0,
        subplot_titles=titles if any(titles) else None, shared_yaxes=True, shared_xaxes=True,
    )  # fmt: skip
    points = sum(p.values.size for p in shown)
    lit_cells = set(lit)
    for i, panel in enumerate(shown):
        at = {"row": i // per_row + 1, "col": i % per_row + 1}
        _draw(figure, sheet, panel, at, clickable and points <= MOST_POINTS)
        _outline(figure, panel, [pin] if pin is not None else [], at, 2.5)
        _outline(figure, panel, lit_cells, at, 1.5)
        _axes(figure, sheet, panel, at, per_row, last=i >= len(shown) - per_row)
    if points <= MOST_TEXTS and len(shown[0].cols) * per_row <= 24:
        texts = [
            text for i, panel in enumerate(shown) for text in _numbers(sheet, panel, bounds, _ref(figure, i, per_row))
        ]
        # All at once: adding one by one checks the whole list each time.
        figure.layout.annotations = (*figure.layout.annotations, *texts)
    _frame(figure, sheet, bounds, height)
    said = [*notes(sheet, shown), *bounds.notes]
    return Picture(figure, _alt(sheet, said), said)


def _draw(figure: go.Figure, sheet: Sheet, panel: Panel, at: dict[str, int], clickable: bool) -> None:
    """One panel: its heatmap, hatching where cells are not finite, and points to hover over and click."""
    finite = np.isfinite(panel.values)
    x, y = np.arange(len(panel.cols)), np.arange(len(panel.rows))
    gap = 1 if panel.values.size <= MOST_POINTS else 0
    own = not clickable
    figure.add_trace(
        go.Heatmap(
            z=np.where(finite, panel.values, np.float32("nan")).astype(np.float32), x=x, y=y,
            coloraxis="coloraxis", xgap=gap, ygap=gap,
            hoverongaps=False, hoverinfo=None if own else "skip",
            hovertemplate="row %{y}, column %{x}: <b>%{z:.5g}</b><extra></extra>" if own else None,
        ), **at,
    )  # fmt: skip
    if not finite.all():
        _hatch(figure, ~finite, at)
    if clickable:
        rows, cols = np.meshgrid(y, x, indexing="ij")
        places = [panel.index(panel.rows[r], panel.cols[c]) for r, c in zip(rows.ravel(), cols.ravel(), strict=True)]
        clear = {"opacity": 0}
        figure.add_trace(
            go.Scatter(
                x=cols.ravel(), y=rows.ravel(), mode="markers", marker={"size": 14, "symbol": "square", **clear},
                selected={"marker": clear}, unselected={"marker": clear}, showlegend=False,
                customdata=[",".join(map(str, p)) for p in places],
                text=[_words(sheet, p, v) for p, v in zip(places, panel.values.ravel().tolist(), strict=True)],
                hovertemplate="%{text}<extra></extra>",
            ), **at,
        )  # fmt: skip


def _hatch(figure: go.Figure, hidden: np.ndarray, at: dict[str, int]) -> None:
    """Stripes: no colour of the scale may stand for a cell without a number."""
    figure.add_trace(
        go.Heatmap(
            z=np.where(hidden, np.float32(0), np.float32("nan")), hoverinfo="skip", showscale=False,
            colorscale=[[0, theme.MASKED_FILL], [1, theme.MASKED_FILL]], xgap=1, ygap=1,
        ), **at,
    )  # fmt: skip
    if hidden.sum() <= MOST_POINTS:
        rows, cols = np.nonzero(hidden)
        # Three strokes a cell: from the left or lower edge to the upper or right one.
        edge = np.full(len(cols), np.nan)
        strokes = ((-0.4, 0, 0, -0.4), (-0.4, 0.4, 0.4, -0.4), (0, 0.4, 0.4, 0))
        x = np.concatenate([np.stack([cols + a, cols + c, edge], axis=1).ravel() for a, _, c, _ in strokes])
        y = np.concatenate([np.stack([rows + b, rows + d, edge], axis=1).ravel() for _, b, _, d in strokes])
        line = {"color": theme.MASKED_LINE, "width": 1}
        figure.add_trace(go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False), **at)


def _outline(figure: go.Figure, panel: Panel, cells: Iterable[Index], at: dict[str, int], width: float) -> None:
    """Rectangles round the cells that lie in this panel; neighbours in a full row or block share one."""
    rows = {r: i for i, r in enumerate(panel.rows)}
    cols = {c: i for i, c in enumerate(panel.cols)}
    wanted = set(cells)
    if not wanted:
        return
    inside = [(i, j) for r, i in rows.items() for c, j in cols.items() if panel.index(r, c) in wanted]
    if not inside:
        return
    top, bottom = min(i for i, _ in inside), max(i for i, _ in inside)
    left, right = min(j for _, j in inside), max(j for _, j in inside)
    block = (bottom - top + 1) * (right - left + 1) == len(inside)
    boxes = [(top, bottom, left, right)] if block or len(inside) > 64 else [(i, i, j, j) for i, j in inside]
    for t, b, lo, hi in boxes:
        figure.add_shape(
            type="rect", x0=lo - 0.5, x1=hi + 0.5, y0=t - 0.5, y1=b + 0.5,
            line={"color": theme.PIN, "width": width}, **at,
        )  # fmt: skip


def _ref(figure: go.Figure, i: int, per_row: int) -> tuple[str, str]:
    """Names of the axes of panel i, as annotations want them."""
    box = figure.get_subplot(i // per_row + 1, i % per_row + 1)
    return box.xaxis.plotly_name.replace("axis", ""), box.yaxis.plotly_name.replace("axis", "")


def _numbers(sheet: Sheet, panel: Panel, bounds: Limits, ref: tuple[str, str]) -> list[go.layout.Annotation]:
    """The number in each cell. As annotations: those take the page's text colour, in light and in dark."""
    found = []
    for i, j in np.ndindex(panel.values.shape):
        value = float(panel.values[i, j])
        if not math.isfinite(value):
            continue
        font: dict[str, object] = {"size": 11}
        if sheet.kind in ("probability", "scale"):  # opaque colours: black or white, whichever contrasts
            font["color"] = "#111" if value > 0.6 * bounds.high else "#fff"
        text = f"{value:.2f}" if sheet.kind == "probability" else short(value, 3 if abs(value) >= 1 else 2)
        found.append(go.layout.Annotation(x=j, y=i, xref=ref[0], yref=ref[1], text=text, showarrow=False, font=font))
    return found


def _axes(figure: go.Figure, sheet: Sheet, panel: Panel, at: dict[str, int], per_row: int, last: bool) -> None:
    """Token text along positions, numbers elsewhere; the first row on top, as one reads."""
    x = _ticks(sheet, panel.col_axis, panel.cols, 12 if len(panel.cols) > 24 else max(6, 24 // per_row))
    figure.update_xaxes(
        tickmode="array", tickvals=x[0], ticktext=x[1], range=[-0.5, len(panel.cols) - 0.5], showticklabels=last,
        title={"text": AXIS_WORDS.get(panel.col_axis, panel.col_axis), "font": {"size": 12}} if last else None,
        fixedrange=True, **at,
    )  # fmt: skip
    y = _ticks(sheet, panel.row_axis, panel.rows, 24) if panel.row_axis else ([], [])
    figure.update_yaxes(
        tickmode="array", tickvals=y[0], ticktext=y[1], range=[len(panel.rows) - 0.5, -0.5], fixedrange=True,
        title={"text": AXIS_WORDS.get(panel.row_axis or "", panel.row_axis), "font": {"size": 12}, "standoff": 4}
        if at["col"] == 1 and panel.row_axis else None, **at,
    )  # fmt: skip


def _ticks(sheet: Sheet, axis: str, places: list[int], most: int) -> tuple[list[int], list[str]]:
    step = max(1, math.ceil(len(places) / most))
    at = list(range(0, len(places), step))
    return at, [for_plotly(sheet.tick(axis, places[i])) for i in at]


def _frame(figure: go.Figure, sheet: Sheet, bounds: Limits, height: int) -> None:
    scale = theme.SCALES[sheet.kind]
    figure.update_layout(
        template=theme.template(), height=height, hovermode="closest", hoverdistance=30, dragmode=False,
        showlegend=False,
        margin={"l": 8, "r": 8, "t": 26, "b": 8},
        coloraxis={
            "colorscale": scale, "cmin": bounds.low, "cmax": bounds.high, "showscale": sheet.kind != "index",
            "colorbar": {"thickness": 10, "outlinewidth": 0, "len": 1.0, "xpad": 6, "nticks": 5,
                         "tickfont": {"size": 11}},
        },
    )  # fmt: skip


def _panel_title(panel: Panel) -> str:
    return ", ".join(f"{PANEL_WORDS.get(a, a)} {i}" for a, i in panel.fixed.items())


def _words(sheet: Sheet, index: Index, value: float) -> str:
    places = ", ".join(f"{a} {for_plotly(sheet.tick(a, i))}" for a, i in zip(sheet.axes, index, strict=True))
    return f"{places}<br><b>{short(value, 5)}</b>"


def _alt(sheet: Sheet, said: list[str]) -> str:
    size = " by ".join(f"{n} ({a})" for a, n in zip(sheet.axes, sheet.values.shape, strict=True))
    finite = sheet.values[np.isfinite(sheet.values)]
    spread = f" Values from {exact(float(finite.min()))} to {exact(float(finite.max()))}." if finite.size else ""
    return f"Heatmap of {sheet.title}, {sheet.name}: {size}.{spread} {' '.join(said)}".strip()
