"""What a picture of a tensor shows, before any drawing: panels, the window of a large one, colour limits.

Two axes make one panel, rows by columns. A head axis makes one panel a head, and one axis makes one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from model import Trace
from viz import labels
from viz.arrays import short, to_numpy

PANEL_AXES = ("head", "kv_head")
MOST_PANELS = 12
MOST_ROWS, MOST_COLS = 128, 1024  # of one panel; past it a window is shown, and the notes say so
TOP_TOKENS = 24  # columns of a vocabulary too large to draw
Index = tuple[int, ...]


@dataclass(frozen=True)
class Sheet:
    """A tensor to draw. `ticks` names the places along an axis; without it they are numbered."""

    name: str
    title: str
    axes: tuple[str, ...]
    kind: str
    values: np.ndarray
    ticks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    weight: bool = False

    def tick(self, axis: str, i: int) -> str:
        return self.ticks[axis][i] if axis in self.ticks else str(i)


@dataclass(frozen=True)
class Panel:
    """One matrix of the picture. rows, cols: the places it shows. fixed: axis -> place, for the other axes."""

    row_axis: str | None
    col_axis: str
    rows: list[int]
    cols: list[int]
    fixed: dict[str, int]
    values: np.ndarray
    index: Any = None  # (row, col) of the panel -> full index of the tensor


def of_stage(trace: Trace, name: str) -> Sheet:
    stage = trace.stage(name)
    ticks = {a: labels.ticks(trace, stage, a) for a in stage.axes if _named(a)}
    return Sheet(name, stage.title, stage.axes, stage.kind, to_numpy(trace[name]), ticks)


def of_weight(trace: Trace, name: str) -> Sheet:
    """A weight, or a constant of the computation, by its name."""
    assert trace.network is not None
    weights = trace.network.weights
    values = to_numpy(weights.raw(name))
    local = name.rpartition(".")[2]
    return Sheet(name, local, weights.axes(name), "signed", values, weight=True)


def _named(axis: str) -> bool:
    return axis in ("position", "query", "key", "d_vocab")


def panel_axis(axes: tuple[str, ...]) -> str | None:
    """The axis along which panels are laid out: the heads, else the first of three axes."""
    return next((a for a in axes if a in PANEL_AXES), axes[0] if len(axes) > 2 else None) if len(axes) > 1 else None


def panels(sheet: Sheet, chosen: int | None = None, around: Index | None = None) -> Iterator[Panel]:
    """The panels to draw. chosen: only this place of the panel axis. around: a cell that windows must show."""
    axes, values = sheet.axes, sheet.values
    if not axes:
        yield Panel(None, "", [0], [0], {}, values.reshape(1, 1), lambda *_: ())
        return
    if len(axes) == 1:
        cols = _window(len(values), MOST_COLS, around[0] if around else 0)
        yield Panel(None, axes[0], [0], cols, {}, values[None, cols], lambda _, c: (c,))
        return
    apart = panel_axis(axes) if len(axes) > 2 else None
    rest = [a for a in axes if a != apart]
    # Axes beyond panel, rows and columns stay at the place of the cell, or at 0.
    held = {a: around[axes.index(a)] if around else 0 for a in rest[:-2]}
    row_axis, col_axis = rest[-2:]
    places: list[int | None] = list(range(values.shape[axes.index(apart)])) if apart else [None]
    if chosen is not None and apart:
        places = [chosen]
    row = around[axes.index(row_axis)] if around else 0
    col = around[axes.index(col_axis)] if around else 0
    for where in places[:MOST_PANELS]:
        fixed = held | ({apart: where} if apart and where is not None else {})
        matrix = values[tuple(fixed.get(a, slice(None)) for a in axes)]
        rows = _window(matrix.shape[0], MOST_ROWS, row)
        cols = _columns(sheet, matrix, col_axis, col if around else None)
        yield Panel(
            row_axis,
            col_axis,
            rows,
            cols,
            fixed,
            matrix[np.ix_(rows, cols)],
            _indexer(axes, row_axis, col_axis, fixed),
        )


def _indexer(axes: tuple[str, ...], row_axis: str, col_axis: str, fixed: dict[str, int]) -> Any:
    def index(row: int, col: int) -> Index:
        known = fixed | {row_axis: row, col_axis: col}
        return tuple(known[a] for a in axes)

    return index


def _window(size: int, limit: int, around: int) -> list[int]:
    start = 0 if size <= limit else min(max(around - limit // 2, 0), size - limit)
    return list(range(start, min(start + limit, size)))


def _columns(sheet: Sheet, matrix: np.ndarray, axis: str, around: int | None) -> list[int]:
    """All columns; of a large vocabulary, those that lead in the last row."""
    size = matrix.shape[1]
    if axis != "d_vocab" or size <= MOST_COLS or sheet.weight:
        return _window(size, MOST_COLS, around or 0)
    top = np.argsort(-matrix[-1], kind="stable")[:TOP_TOKENS].tolist()
    return top if around is None or around in top else [*top, around]


@dataclass(frozen=True)
class Limits:
    """The values that get the ends of the colour scale, and what must be said about them."""

    low: float
    high: float
    notes: tuple[str, ...] = ()


def limits(kind: str, values: np.ndarray) -> Limits:
    """Colour limits. Signed is symmetric around 0; probabilities run from 0 to 1 unless all are small.

    Where a few cells dwarf the rest, the limits hold 99 percent of them, and a note counts the others.
    """
    finite = np.abs(values[np.isfinite(values)])
    largest = float(finite.max()) if finite.size else 0.0
    if kind == "probability":
        if largest >= 0.2 or largest == 0:
            return Limits(0.0, 1.0)
        return Limits(0.0, largest, (f"All are small: the strongest colour stands for {short(largest)}.",))
    top = largest or 1.0
    notes: tuple[str, ...] = ()
    if kind in ("signed", "scale") and finite.size >= 200:
        usual = float(np.quantile(finite, 0.99))
        if 0 < usual < largest / 3:
            beyond = int((finite > usual).sum())
            signed = "±" if kind == "signed" else ""
            said = f"{beyond} of {finite.size} cells lie beyond {signed}{short(usual, 3)} and have the strongest colour"
            notes = (f"{said}; the largest is {short(largest, 3)} in size.",)
            top = usual
    return Limits(-top if kind == "signed" else 0.0, top, notes)


def notes(sheet: Sheet, shown: list[Panel]) -> list[str]:
    """What the picture leaves out or marks, in words."""
    said = []
    values = sheet.values
    if np.isneginf(values).any():
        said.append(f"Hatched: {int(np.isneginf(values).sum())} cells are −∞, hidden by the mask.")
    if np.isnan(values).any():
        said.append(f"Hatched: {int(np.isnan(values).sum())} cells are not a number.")
    apart = panel_axis(sheet.axes) if len(sheet.axes) > 2 else None
    if apart and len(shown) < sheet.values.shape[sheet.axes.index(apart)]:
        which = ", ".join(str(p.fixed[apart]) for p in shown[:3]) + (" …" if len(shown) > 3 else "")
        said.append(f"Shown: {apart.replace('_', '/')} {which} of {values.shape[sheet.axes.index(apart)]}.")
    first = shown[0]
    if first.row_axis and len(first.rows) < values.shape[sheet.axes.index(first.row_axis)]:
        said.append(f"Rows {first.rows[0]} to {first.rows[-1]} of {values.shape[sheet.axes.index(first.row_axis)]}.")
    if first.col_axis and len(first.cols) < values.shape[sheet.axes.index(first.col_axis)]:
        total = values.shape[sheet.axes.index(first.col_axis)]
        if first.col_axis == "d_vocab":
            said.append(f"The {len(first.cols)} tokens that lead in the last row, of {total:,}.")
        else:
            said.append(f"Columns {first.cols[0]} to {first.cols[-1]} of {total}.")
    return said
