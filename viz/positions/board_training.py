"""A shipped model along its training as a board: curve and attention of every layer and head at every step kept."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from model.train.positions_tasks import TASKS
from viz.panels import AnyPanel, Axis, Board, Lines, Matrix, Series
from viz.positions import compare, feel, trained
from viz.positions.feel import Side

SIZE = 16  # of the input that is looked at
SEED = 0


def tokens(task: str) -> list[int]:
    """One row of the task, the same at every step."""
    return TASKS[task].make(1, SIZE, torch.Generator().manual_seed(SEED)).tokens[0].tolist()


@lru_cache(maxsize=8)
def patterns(name: str, steps: tuple[int, ...]) -> np.ndarray:
    """[step, layer, head, query, key] attention; hidden keys NaN. Raises CheckpointError, InputError."""
    task, _, positional = name.partition("-")
    found = feel.along([feel.network(Side(positional, task, step)) for step in steps], tokens(task))
    found.flags.writeable = False
    return found


def by_distance(pattern: np.ndarray) -> np.ndarray:
    """[..., distance] mean attention over all queries that have a key so far back."""
    flat = pattern.reshape(-1, *pattern.shape[-2:])
    return compare.by_distance(flat).reshape(*pattern.shape[:-2], -1).astype(np.float32)


def board(rows: trained.Rows, name: str, steps: list[int]) -> Board:
    """Raises CheckpointError, InputError."""
    task, _, positional = name.partition("-")
    found = patterns(name, tuple(steps))
    back = by_distance(found)
    _, layers, heads, n, _ = found.shape
    layer, head, far = (int(i) for i in np.unravel_index(np.argmax(back[-1, ..., 1:]), back[-1, ..., 1:].shape))
    query = n - 2
    axes = [
        Axis("step", len(steps), "training step", len(steps) - 1, marks=steps, play=True),
        Axis("layer", layers, "layer", layer), Axis("head", heads, "head", head),
        Axis("query", n, "query", query, slider=False), Axis("key", n, "key", query - far - 1, slider=False),
        Axis("distance", n, "distance, query − key", minus=("query", "key"), slider=False),
    ]  # fmt: skip
    return Board(axes, [_curve(rows, task, positional), *_attention(name, found, back, heads)], name, "Along training")


def _curve(rows: trained.Rows, task: str, positional: str) -> Lines:
    series = []
    for r in trained.seeds(rows, task, positional):
        steps, _, accuracy = (np.asarray(x, np.float32) for x in zip(*r["curve"], strict=True))
        series.append(Series(name=f"seed {r['seed']}", values=accuracy, axes=("step",), x=steps, look=r["seed"]))
    return Lines(
        id="curve", title="Accuracy on held-out rows, every seed", along="step", series=series, x="training step",
        y="accuracy", span=(-0.02, 1.05), levels=[(TASKS[task].chance, "chance")],
        alt=f"Accuracy of {task}, {positional}, along training",
    )  # fmt: skip


def _attention(name: str, found: np.ndarray, back: np.ndarray, heads: int) -> list[AnyPanel]:
    here = ("step", "layer", "head")
    each = [
        Series(name=f"head {h}", values=back[:, :, h], axes=("step", "layer", "distance"), look=h) for h in range(heads)
    ]
    return [
        Matrix(
            id="snapshot", title="Attention of one head", values=found, axes=(*here, "query", "key"), signed=False,
            limit=1.0, alt=f"Attention of {name} at a step, one layer and head", hidden="hidden by the mask",
        ),
        Lines(
            id="back", title="Mean attention against distance", along="distance", y="attention", span=(0, 1.02),
            series=[Series(name="the chosen head", values=back, axes=(*here, "distance"))],
            alt="Mean attention of the chosen head against distance, at the chosen step",
        ),
        Lines(
            id="forming", title="Attention to keys {distance} back, while training", along="step", y="attention",
            span=(0, 1.02), series=each, alt="Attention of each head of the layer to keys so far back, along training",
        ),
    ]  # fmt: skip
