"""A bias of one's own on the page: examples to start from, its pictures, and what it does inside networks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from model.train.positions_measure import correct, rows_held_out
from model.train.positions_tasks import IGNORED, TASKS
from model.transformer import Transformer
from viz.panels import Axis, Board, Formula, Lines, Matrix, Row, Series, Table
from viz.positions import compare, feel, held
from viz.positions.feel import UNTRAINED, Side
from viz.positions.setup import Options, Setup

ENCODING = "drawn"  # the file of `model.positional` that this is about
ROWS = 32  # of a task, on which answers are counted


@dataclass(frozen=True)
class Example:
    title: str
    formula: str
    why: str


EXAMPLES = (
    Example("ALiBi", "-abs(distance) * 2^(-8 * (head + 1) / heads)",
            "A straight line down, steep in the first heads, gentle in the last."),
    Example("A window", "where(abs(distance) < 4, 0, -10000)",
            "Four tokens are seen, all others not at all: −10,000 leaves nothing after the softmax."),
    Example("Buckets",
            "-min(where(abs(distance) < 4, abs(distance), 2 + floor(2 * log2(abs(distance) / 2))), 8) / (head + 1)",
            "T5's grouping: near distances one by one, far ones in groups that grow. T5 learns a number for each; here "
            "it falls by a fixed step."),
    Example("Logarithm", "-(head + 1) / 2 * log(1 + abs(distance))",
            "KERPLE's shape: near differences count more than far ones. KERPLE learns both numbers."),
    Example("Waves", "2 * cos(2 * pi * distance / (4 * (head + 1)))",
            "A wave of the distance: the first head likes every fourth token back, the second every eighth."),
    Example("One step back", "where(distance == head + 1, 4, 0)",
            "Head 0 looks one token back, head 1 two, and so on."),
    Example("First token", "where(key == 0, 3, 0)",
            "Every query is drawn to the first token. That depends on the place, not on the distance."),
    Example("Share of the way", "-4 * log(1 + abs(distance)) / log(1 + max(query, key, 8))",
            "FIRE's idea: the distance as a share of how far back one could look. FIRE learns a small network."),
    Example("One way only", "where(distance >= 0, -distance / 4, -8)",
            "Keys ahead are pushed away, as a soft mask. Switch on that keys ahead are seen."),
)  # fmt: skip


def alone(setup: Setup) -> np.ndarray:
    """[head, query, key] attention that the bias by itself gives, where no word matches better than another."""
    score = torch.from_numpy(compare.shown(compare.added(setup)).astype(np.float64))
    return score.nan_to_num(nan=-np.inf).softmax(-1).masked_fill(score.isnan(), np.nan).float().numpy()


def by_distance(setup: Setup) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """[head, distance] smallest, mean and largest over the queries that see a key so far back."""
    score = compare.shown(compare.added(setup)).astype(np.float64)
    n = score.shape[-1]
    diagonals = [np.diagonal(score, -d, 1, 2) for d in range(n)]
    low, middle, high = (np.stack([f(x, -1) for x in diagonals], -1) for f in (np.min, np.mean, np.max))
    return low, middle, high


def board(setup: Setup) -> Board:
    """Everything about the bias that follows cursors."""
    score, n, heads = compare.shown(compare.added(setup)), setup.positions, setup.heads
    low, middle, high = by_distance(setup)
    axes = [
        Axis("head", heads, "head"), Axis("at", n, "query", at=n // 2), Axis("key", n, "key", at=n // 3),
        Axis("distance", n, "distance", minus=("at", "key"), slider=False),
    ]  # fmt: skip
    names = ("head", "at", "key")
    series = Series(name="head {head}", values=middle, axes=("head", "distance"), low=low, high=high)
    numbers = alone(setup)
    rows = [
        Row(label="added to the score", values=score, axes=names),
        Row(label="attention by this alone", values=numbers, axes=names),
    ]  # fmt: skip
    return Board(
        axes,
        [
            Matrix(id="bias", title="What is added to each score", values=score, axes=names,
                   alt="The bias of each query and key, a matrix a head",
                   note="All heads share one colour scale. Rows are queries, columns keys."),
            Matrix(id="alone", title="Attention that this alone gives", values=numbers, axes=names, signed=False,
                   limit=1.0, alt="Attention where all words match alike: the softmax of the bias",
                   note="If all words matched alike, each query would look so: the softmax of its row."),
            Lines(id="curve", title="Against distance", along="distance", series=[series], x="distance, query − key",
                  y="added to the score", alt="What is added against distance, head by head",
                  note="The mean over queries; the band runs from the smallest to the largest. A band with a width "
                       "says that it is not the distance alone that counts."),
            Table(id="cell", title="At the cursor", head=("query {at}, key {key}, head {head}", "value"), rows=rows),
            Formula(id="formula", title="The formula, with its numbers", under=True, axes=("at", "key", "head"),
                    source=f"data/lab/{held.hold(setup)}/worked"),
        ],
        file="own", label="Your own bias",
    )  # fmt: skip


# ---- inside networks ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Swap:
    """A network with its own encoding and with the drawn one under the same weights.

    before, after   [layer, head, query, key] attention; NaN where the mask hides
    right           share of answers right with its own, and with the drawn one; None without a task
    """

    before: np.ndarray
    after: np.ndarray
    moved: float
    right: tuple[float, float] | None


@lru_cache(maxsize=8)
def swap(side: Side, options: Options, ids: tuple[int, ...]) -> Swap:
    """Raises GlassformerError where the bias does not fit the network."""
    net = feel.network(side)
    other = feel.exchanged(net, ENCODING, options).to(next(net.parameters()).dtype)
    before, after = (feel.patterns(x, list(ids)) for x in (net, other))
    moved = float(np.mean([feel.difference(a, b) for a, b in zip(before, after, strict=True)]))
    right = None if side.task == UNTRAINED else (_right(net, side.task), _right(other, side.task))
    return Swap(before, after, moved, right)


def _right(net: Transformer, task: str) -> float:
    tokens, answers = rows_held_out(TASKS[task], TASKS[task].trained, ROWS)
    _, hits = correct(net, tokens, answers)
    return hits[answers != IGNORED].float().mean().item()


def swap_board(found: Swap, ids: tuple[int, ...], titles: tuple[str, str]) -> Board:
    layers, heads, n, _ = found.before.shape
    # Not the names of the board above, whose axes are of other lengths: cursors of one name move together.
    marks = [f"{i}: {t}" for i, t in enumerate(ids)]
    axes = [
        Axis("layer", layers, "layer"), Axis("at_head", heads, "head"),
        Axis("at_query", n, "query", at=n - 1, marks=marks), Axis("at_key", n, "key", marks=marks),
    ]  # fmt: skip
    names = ("layer", "at_head", "at_query", "at_key")
    change = found.after - found.before
    panels = [*(
        Matrix(id=name, title=f"Attention with {title}", values=values, axes=names, signed=False, limit=1.0)
        for name, title, values in (("own", titles[0], found.before), ("yours", titles[1], found.after))
        ),
        Matrix(id="change", title="Yours less its own", values=change, axes=names, limit=1.0),
    ]  # fmt: skip
    return Board(axes, panels, file="own-swap", label="Attention with another encoding under the same weights")
