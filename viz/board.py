"""Linked pictures: one message to the browser, where a cursor on each axis moves all panels at once.

    axes = [Axis("at", 24, "position", at=5), Axis("dim", 16, "dimension")]
    components.board(payload(Board(axes, [Matrix(id="pe", values=pe, axes=("at", "dim"))])), key="pe")

Limits are found here, over all slices, so that no picture is ever scaled to itself alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from viz import theme
from viz.arrays import Block, encode
from viz.panels import (
    AnyPanel,
    Arrows,
    Axis,
    Board,
    Clocks,
    Formula,
    Graph,
    Lines,
    Matrix,
    Names,
    Row,
    Series,
    Table,
)  # fmt: skip

PLANE = "xy"  # an axis of two, without a cursor
OWN = "own"  # the axis of a curve with points of its own
ROOM = 0.05  # above and below curves


class _Pack:
    """Arrays of a board, each sent once however many panels show it."""

    def __init__(self, sizes: dict[str, int]):
        self.sizes = sizes
        self.blocks: list[Block] = []
        self._known: dict[tuple[int, Names], str] = {}
        self._kept: list[np.ndarray] = []  # an id is only good as long as what has it lives

    def add(self, values: np.ndarray, axes: Names) -> str:
        """Its name in the message. Raises ValueError for axes that do not fit the board's."""
        if (id(values), axes) in self._known:
            return self._known[id(values), axes]
        if values.ndim != len(axes):
            raise ValueError(f"an array of shape {values.shape} has {values.ndim} axes, not {axes}")
        for axis, size in zip(axes, values.shape, strict=True):
            if axis == PLANE and size != 2:
                raise ValueError(f"the last axis of a vector has {size} numbers, not 2")
            if axis not in (PLANE, OWN) and size > self.sizes.get(axis, 0):
                raise ValueError(f"axis {axis!r} has {self.sizes.get(axis, 0)} places on this board, not {size}")
        name = f"a{len(self.blocks)}"
        self.blocks.append(Block(name, "", axes, "signed", np.asarray(values, np.float32)))
        self._known[id(values), axes] = name
        self._kept.append(values)
        return name


def payload(board: Board) -> bytes:
    """The message: arrays, axes, panels. Raises ValueError for axes that do not fit."""
    sizes = {a.name: a.size for a in board.axes}
    pack = _Pack(sizes)
    limits, spans = _limits(board.panels), _spans(board.panels)
    panels = [
        {
            "kind": type(p).__name__.lower(), "id": p.id, "title": p.title, "alt": p.alt or p.title, "note": p.note,
            "heading": p.heading, "wide": p.wide, "under": p.under,
            **_OF[type(p)](p, pack, {"limit": limits.get(i), "span": spans.get(i)}),
        }
        for i, p in enumerate(board.panels)
    ]  # fmt: skip
    axes = {a.name: _axis(a) for a in board.axes}
    colours = {"pin": theme.PIN, "grey": theme.GREY, "hand": theme.axis_colour("position")}
    header = {"file": board.file, "label": board.label, "axes": axes, "panels": panels, "colours": colours}
    json.dumps(header, allow_nan=False)  # names the culprit before anything is sent
    return encode(pack.blocks, board=header)


def _axis(a: Axis) -> dict[str, Any]:
    marks = None if a.marks is None else [m if isinstance(m, str) else f"{m:g}" for m in a.marks]
    places = None if a.marks is None or any(isinstance(m, str) for m in a.marks) else [float(m) for m in a.marks]
    if marks is not None and len(marks) != a.size:
        raise ValueError(f"axis {a.name!r} has {a.size} places and {len(marks)} marks")
    return {
        "size": a.size, "title": a.title or a.name, "at": a.at, "marks": marks, "places": places, "play": a.play,
        "slider": a.slider, "follow": a.follow, "minus": a.minus,
    }  # fmt: skip


def _limits(panels: Sequence[AnyPanel]) -> dict[int, float]:
    """Panel -> the number of the strongest colour, shared by all of one scale."""
    found, shared = {}, dict[str, float]()
    for i, p in enumerate(panels):
        if isinstance(p, (Matrix, Graph)):
            limit = p.limit if isinstance(p, Matrix) else None
            most = _largest(p.values) if limit is None else limit
            key = p.scale or f"#{i}"
            shared[key] = max(shared.get(key, 0.0), most)
            found[i] = key
    return {i: shared[key] or 1.0 for i, key in found.items()}


def _spans(panels: Sequence[AnyPanel]) -> dict[int, tuple[float, float]]:
    """Panel -> the range of its y axis, shared by all of one scale."""
    keys, shared = {}, dict[str, tuple[float, float]]()
    for i, p in enumerate(panels):
        if isinstance(p, Lines):
            keys[i] = key = p.scale or f"#{i}"
            low, high = p.span or _range(p)
            before = shared.get(key, (low, high))
            shared[key] = min(low, before[0]), max(high, before[1])
    return {i: shared[key] for i, key in keys.items()}


def _range(p: Lines) -> tuple[float, float]:
    arrays = [a for s in p.series for a in (s.values, s.low, s.high) if a is not None]
    finite = [a[np.isfinite(a)] for a in arrays]
    some = [x for x in finite if x.size] or [np.zeros(1)]
    low, high = min(float(x.min()) for x in some), max(float(x.max()) for x in some)
    low, high = min([low, *(y for y, _ in p.levels)]), max([high, *(y for y, _ in p.levels)])
    if p.bars:
        low, high = min(low, 0.0), max(high, 0.0)
    room = ROOM * (high - low) or max(abs(high), 1.0) * ROOM
    return low - (0.0 if p.bars and low == 0 else room), high + room


def _largest(values: np.ndarray) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size else 0.0


# ---- a panel as the browser reads it ----------------------------------------------------------------------------


def _matrix(p: Matrix, pack: _Pack, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "values": pack.add(p.values, p.axes), "drawn": p.drawn or p.axes[-2:], "signed": p.signed,
        "limit": found["limit"], "hidden": p.hidden,
    }  # fmt: skip


def _lines(p: Lines, pack: _Pack, found: dict[str, Any]) -> dict[str, Any]:
    def one(i: int, s: Series) -> dict[str, Any]:
        axes = s.axes if s.x is None else (*s.axes[:-1], OWN)
        x = None if s.x is None else pack.add(s.x, (OWN,))
        low, high = (None if a is None else pack.add(a, axes) for a in (s.low, s.high))
        values = pack.add(s.values, axes)
        look = theme.line(i if s.look is None else s.look)
        return {"name": s.name, "values": values, "low": low, "high": high, "xs": x, "faint": s.faint, **look}

    return {
        "along": p.along, "series": [one(i, s) for i, s in enumerate(p.series)], "x": p.x, "y": p.y,
        "span": found["span"], "rules": list(p.rules), "levels": list(p.levels), "bars": p.bars,
    }  # fmt: skip


def _clocks(p: Clocks, pack: _Pack, _: dict[str, Any]) -> dict[str, Any]:
    said = [{"name": name, "values": pack.add(values, axes)} for name, values, axes in p.said]
    return {
        "hands": pack.add(p.hands, (*p.axes, PLANE)), "pair": p.pair, "said": said,
        "limit": max(1.0, _largest(np.hypot(p.hands[..., 0], p.hands[..., 1]))),
    }  # fmt: skip


def _arrows(p: Arrows, pack: _Pack, _: dict[str, Any]) -> dict[str, Any]:
    return {
        "arrows": [
            {
                "name": a.name, "values": pack.add(a.values, (*a.axes, PLANE)), "faint": a.faint,
                "color": theme.line(a.look)["color"], "dash": "dot" if a.faint else "solid",
            }
            for a in p.arrows
        ],
        "limit": max((_largest(a.values) for a in p.arrows), default=1.0) or 1.0,
        "x": p.x, "y": p.y, "product": p.product,
    }  # fmt: skip


def _graph(p: Graph, pack: _Pack, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "where": pack.add(p.where, (p.node, PLANE)), "edges": [list(edge) for edge in p.edges], "node": p.node,
        "values": pack.add(p.values, p.axes), "limit": found["limit"],
        "imaginary": None if p.imaginary is None else pack.add(p.imaginary, p.axes),
    }  # fmt: skip


def _table(p: Table, pack: _Pack, _: dict[str, Any]) -> dict[str, Any]:
    def one(r: Row) -> dict[str, Any]:
        return {
            "label": r.label, "values": None if r.values is None else pack.add(r.values, r.axes),
            "times": None if r.times is None else pack.add(r.times, r.times_axes),
            "words": None if r.words is None else [r.words[0], list(r.words[1])], "more": r.more,
        }  # fmt: skip

    return {"head": p.head, "rows": [one(r) for r in p.rows], "hidden": p.hidden}


def _formula(p: Formula, pack: _Pack, _: dict[str, Any]) -> dict[str, Any]:
    if missing := [a for a in p.axes if a not in pack.sizes]:
        raise ValueError(f"this board has no axis {missing[0]!r}")
    return {"latex": p.latex, "source": p.source, "axes": p.axes}


_OF: dict[type, Callable[[Any, _Pack, dict[str, Any]], dict[str, Any]]] = {
    Matrix: _matrix, Lines: _lines, Clocks: _clocks, Arrows: _arrows, Graph: _graph, Table: _table, Formula: _formula,
}  # fmt: skip
