"""Runs as they train: their curves and their attention on one board, with a cursor over the looks taken so far."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import Any

import numpy as np

from model.train import positions_table
from model.train.positions_apart import attention, watched
from model.train.positions_measure import CONVERGED
from model.train.positions_seen import FINISHED, PAUSED, PAUSING, RUNNING, STOPPED, WAITING, Run
from model.train.positions_tasks import TASKS
from viz.panels import AnyPanel, Axis, Board, Lines, Matrix, Row, Series, Table
from viz.positions.board_training import by_distance
from viz.positions.setup import title
from viz.positions.trained import NOT_CONVERGED

POINT = "point"


@dataclass(frozen=True, eq=False)
class Watched:
    """curve: (step, loss, accuracy) on held-out rows; looks: step -> [layer, head, query, key] attention."""

    title: str
    task: str
    curve: Sequence[tuple[int, float, float]]
    looks: Mapping[int, np.ndarray]

    def at(self, step: int) -> tuple[int, np.ndarray]:
        """The last look taken up to a step."""
        steps = sorted(self.looks)
        last = steps[bisect_right(steps, step) - 1]
        return last, self.looks[last]

    def point(self, step: int) -> tuple[int, float, float]:
        """The last point of the curve up to a step."""
        return self.curve[bisect_right([s for s, _, _ in self.curve], step) - 1]


def watched_run(run: Run) -> Watched:
    return Watched(name(run), run.trial.task, run.curve, run.looks)


def name(run: Run) -> str:
    t = run.trial
    return f"{title(t.positional)}, {TASKS[t.task].title.lower()}, seed {t.seed}, {t.steps:,} steps"


@lru_cache(maxsize=4)
def shipped(task: str, positional: str) -> Watched:
    """A run of the shipped table that has weights from along its training. Raises CheckpointError."""
    card = positions_table.load(f"{task}-{positional}").card
    row = positions_table.read()[f"{task}-{positional}-{card['seed']}"]
    tokens = watched(task)
    looks = {
        step: attention(positions_table.load(f"{task}-{positional}", step).network, tokens).numpy()
        for step in card["snapshots"]
    }
    called = f"{title(positional)}, {TASKS[task].title.lower()}, seed {card['seed']}, {card['steps']:,} steps"
    return Watched(called, task, tuple(map(tuple, row["curve"])), looks)


def board(some: Sequence[Watched], file: str, label: str) -> Board:
    """Runs that have been looked at once at least: accuracy, loss, and the attention of each at one moment."""
    steps = sorted({step for w in some for step in w.looks})
    found = [_attention(w, steps) for w in some]
    back = [by_distance(x) for x in found]  # [moment, layer, head, distance]
    shape, last = found[0].shape[1:], back[0][-1, ..., 1:]
    # Begins at the head that looks back most sharply by now, and at a query and key so far apart.
    layer, head, far = (int(i) for i in np.unravel_index(np.argmax(last), last.shape))
    query = shape[2] - 2
    axes = [
        Axis("moment", len(steps), "training step", at=len(steps) - 1, marks=steps, play=True, follow=True),
        Axis("layer", shape[0], "layer", layer), Axis("head", shape[1], "head", head),
        Axis("query", shape[2], "query", query, slider=False),
        Axis("key", shape[3], "key", max(query - far - 1, 0), slider=False),
        Axis("distance", shape[2], "distance, query − key", minus=("query", "key"), slider=False),
    ]  # fmt: skip
    panels: list[AnyPanel] = [
        _curves(some, "accuracy", "Accuracy on rows that training never sees", "chance"),
        _curves(some, "loss", "Loss on the same rows, in nats", "blind guessing"),
        Table(
            id="now", title="At this step", wide=True, head=("Run", "last looked at"),
            rows=[Row(label=w.title, words=("moment", [_said(w, step) for step in steps])) for w in some],
        ),
        *(
            Matrix(
                id=f"attention-{i}", title=w.title, values=found[i], signed=False, limit=1.0,
                axes=("moment", "layer", "head", "query", "key"),
                alt=f"Attention of one head of {w.title} at the chosen step",
            )
            for i, w in enumerate(some)
        ),
        Lines(
            id="back", title="Mean attention of this head against distance", along="distance", y="attention",
            x="distance, query − key", span=(0, 1.02), alt="Mean attention of the chosen head against distance",
            series=[Series(name=w.title, values=b, axes=("moment", "layer", "head", "distance"))
                    for w, b in zip(some, back, strict=True)],
        ),
    ]  # fmt: skip
    return Board(axes, panels, file=file, label=label)


def _curves(some: Sequence[Watched], measure: str, called: str, blind: str) -> Lines:
    column = ("", "loss", "accuracy").index(measure)
    tasks = [TASKS[name] for name in dict.fromkeys(w.task for w in some)]
    levels = [
        (t.chance if measure == "accuracy" else -log(t.chance), f"{blind}, {t.title.lower()}" if tasks[1:] else blind)
        for t in tasks
    ]
    most = max([1.05 * p[column] for w in some for p in w.curve] + [1.05 * level for level, _ in levels])
    series = []
    for w in some:
        steps, values = (np.array([p[i] for p in w.curve], np.float32) for i in (0, column))
        series.append(Series(name=w.title, values=values, axes=(POINT,), x=steps))
    return Lines(
        id=measure, title=called, along="moment", x="training step", y=measure, series=series, levels=levels,
        span=(0, 1.0 if measure == "accuracy" else most), alt=f"{called}, along training, a line for each run",
    )  # fmt: skip


def _said(w: Watched, step: int) -> str:
    found, loss, accuracy = w.point(step)
    return f"step {w.at(step)[0]:,}; at step {found:,} accuracy {accuracy:.3f}, loss {loss:.3f}"


def _attention(w: Watched, steps: Sequence[int]) -> np.ndarray:
    """[moment, layer, head, query, key], the last look up to each step; hidden keys NaN."""
    found = np.stack([w.at(step)[1] for step in steps])
    ahead = np.triu(np.ones(found.shape[-2:], bool), 1)
    return np.where(ahead, np.float32(np.nan), found)


# ---- what finished runs can do ----------------------------------------------------------------------------------


def verdict(row: Mapping[str, Any]) -> str:
    """Of a finished run, at the trained size. Below CONVERGED nothing follows from it."""
    return "converged" if row["accuracy"] >= CONVERGED else f"{NOT_CONVERGED}: no conclusion"


def lengths(runs: Sequence[Run]) -> Board:
    """Accuracy and loss by the size of the input, of finished runs of one task."""
    task = TASKS[runs[0].trial.task]
    axes = [Axis("size", len(task.tested), f"size ({task.unit})", marks=task.tested)]

    def panel(measure: str, called: str, level: tuple[float, str], **words: Any) -> Lines:
        series = [
            Series(
                name=f"{name(r)}{'' if r.row['converged'] else ', ' + NOT_CONVERGED}", axes=("size",),
                values=np.array([r.row["sizes"][str(n)][measure] for n in task.tested], np.float32),
                faint=not r.row["converged"],
            )
            for r in runs
            if r.row is not None
        ]  # fmt: skip
        return Lines(
            id=f"{measure}-by-length", title=called, along="size", x=f"size of the input ({task.unit})", y=measure,
            series=series, levels=[level], rules=[(task.trained, "trained up to here")],
            alt=f"{called}, a line for each run", **words,
        )  # fmt: skip

    return Board(
        axes,
        [
            panel("accuracy", "Accuracy by size of the input", (task.chance, "chance"), span=(0, 1)),
            panel("loss", "Loss by size of the input, in nats", (-log(task.chance), "blind guessing")),
        ],
        file=f"lengths-{task.name}",
        label=f"{task.title}: what the runs can do at each size of the input",
    )


def state(run: Run) -> str:
    """How far it is, in words."""
    of = f"step {run.step:,} of {run.trial.steps:,}"
    if run.state == WAITING:
        return f"waiting, number {run.place} in line" + (f"; {of}" if run.step else "")
    if run.state == RUNNING:
        if run.began is None:
            return "starting"
        if run.step == run.trial.steps:
            return f"{of}; measuring what it can do"
        left = run.seconds_left
        return f"{of}" + ("" if left is None else f", {run.rate:.0f} a second, about {_time(left)} left")
    if run.state in (PAUSING, PAUSED):
        return f"{run.state} at {of}"
    if run.state == STOPPED:
        return f"stopped at {of}"
    if run.state == FINISHED and run.row is not None:
        return f"{of}; accuracy {run.row['accuracy']:.4f} at the trained size, {verdict(run.row)}"
    return f"ended at {of}. {run.said}"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
