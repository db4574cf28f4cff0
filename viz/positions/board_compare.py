"""Encodings side by side: aligned matrices on one colour scale, and curves against distance, under the same cursors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from viz.panels import AnyPanel, Axis, Board, Lines, Matrix, Row, Series, Table
from viz.positions import compare
from viz.positions.compare import PAST, Added

ADDED = "added to the score"
CELL = ("head", "at", "key")


def board(some: Sequence[Added]) -> Board:
    """Where one has fewer positions than others, it has nothing past its end."""
    n, heads = max(a.setup.positions for a in some), max(len(a.score) for a in some)
    axes = [
        Axis("at", n, "query", 12, play=True), Axis("key", n, "key", 7), Axis("head", heads, "head"),
        Axis("distance", n, "distance, query − key", minus=("at", "key"), slider=False),
        Axis("far", PAST * n, "distance from the last query", slider=False),
    ]  # fmt: skip
    shown = {a.setup.positional: _every_head(compare.shown(a), heads) for a in some}
    panels: list[AnyPanel] = [
        Matrix(
            id=f"added-{a.setup.positional}", title=a.setup.title, values=shown[a.setup.positional],
            axes=CELL, scale="added", alt=f"What {a.setup.title} adds to the score of each query and key",
            heading="" if i else "What each adds to a score",
        )
        for i, a in enumerate(some)
    ]  # fmt: skip
    panels += [_cell(some, shown), *_curves(some, heads), _past(some)]
    return Board(axes, panels, "positions-compare", "Encodings side by side")


def _every_head(score: np.ndarray, heads: int) -> np.ndarray:
    """[head, ...] also where all heads are alike."""
    return np.broadcast_to(score, (heads, *score.shape[1:])) if len(score) == 1 else score


def _cell(some: Sequence[Added], shown: dict[str, np.ndarray]) -> Table:
    most = compare.largest(list(some))
    return Table(
        id="cell", title="What is added at the chosen cell", wide=True,
        head=("Encoding", "query {at}, key {key}, head {head}", "What is drawn"),
        rows=[
            Row(label=a.setup.title, values=shown[a.setup.positional], axes=CELL, more=(compare.KINDS[a.kind],))
            for a in some
        ],
        note=f"One colour scale for all, from −{most:.3g} to {most:.3g}, over all heads; biases of encodings that are "
        "trained have their random starting numbers here. Rows are queries, columns keys; striped cells are hidden by "
        "the mask.",
    )  # fmt: skip


def _curves(some: Sequence[Added], heads: int) -> list[Lines]:
    means, each = [], []
    for i, a in enumerate(some):
        low, middle, high = compare.spread(a.score)
        means.append(Series(name=a.setup.title, values=middle, axes=("distance",), low=low, high=high, look=i))
        curves = _every_head(compare.by_distance(a.score), heads)
        each.append(Series(name=a.setup.title, values=curves, axes=("head", "distance"), look=i))
    return [
        Lines(
            id="distances", title="Mean over heads; the band runs from the smallest head to the largest", series=means,
            heading="Against distance", along="distance", y=ADDED, scale="distance",
            alt="What is added to a score against distance: mean over queries and heads, spread over heads",
        ),
        Lines(
            id="heads", title="The chosen head alone", series=each, along="distance", y=ADDED, scale="distance",
            alt="What is added to a score against distance in one head: mean over queries",
            note="Both are means over all queries that have a key so far back, on one range.",
        ),
    ]  # fmt: skip


def _past(some: Sequence[Added]) -> Lines:
    n = max(a.setup.positions for a in some)
    past = [compare.added(a.setup, PAST) for a in some]
    ends = [f"{a.setup.title} has no vector past position {a.ends - 1}." for a in past if a.ends is not None]
    return Lines(
        id="past", title=f"The last query of {PAST * n} tokens, mean over heads", heading="Past the trained length",
        along="far", y=ADDED, rules=[(n, f"{n} positions")], wide=True,
        series=[
            Series(name=a.setup.title, values=compare.last_query(a.score).mean(0), axes=("far",), look=i)
            for i, a in enumerate(past)
        ],
        alt=f"What is added for the last query of an input {PAST} times as long",
        note="To the right of the dashed line no distance was seen in training: that a curve goes on does not mean "
        "that a model can use it. " + " ".join(ends),
    )  # fmt: skip
