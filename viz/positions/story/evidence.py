"""What our own training runs showed, as far as they converged."""

from __future__ import annotations

import numpy as np

from model.train.positions_measure import CONVERGED
from model.train.positions_tasks import TASKS
from viz.panels import Axis, Lines, Series
from viz.positions import trained
from viz.positions.setup import title
from viz.positions.story.base import Listed, Told, listed, percent


def comparison(task: str) -> Told:
    """Every seed of our own training runs: at the trained size and at the largest tested."""
    some = trained.summaries(trained.rows(), task)
    t = TASKS[task]
    far = str(t.tested[-1])
    done = [s for s in some if all(s.converged)]
    kept = [s.positional for s in done if min(s.by_size[far]) >= CONVERGED]
    lost = [s.positional for s in done if min(s.by_size[far]) < CONVERGED]
    rows = [
        (
            title(s.positional), s.verdict, ", ".join(percent(a) for a in s.accuracy),
            ", ".join(percent(a) for a in s.by_size[far]),
        )
        for s in some
    ]  # fmt: skip
    sizes = np.array(t.tested, np.float32)
    curves = [
        Series(
            name=title(s.positional), values=np.array([min(v) for v in s.by_size.values()], np.float32), axes=("size",),
            low=np.array([min(v) for v in s.by_size.values()], np.float32),
            high=np.array([max(v) for v in s.by_size.values()], np.float32),
        )
        for s in done
    ]  # fmt: skip
    return Told(
        {
            "encodings": str(len(some)), "trained": str(t.trained), "far": far, "done": str(len(done)),
            "not_done": str(len(some) - len(done)), "mark": percent(CONVERGED), "kept": listed(kept) or "–",
            "lost": listed(lost) or "–", "chance": percent(t.chance),
            "runs": str(sum(len(s.accuracy) for s in some)), "steps": f"{t.steps:,}",
        },
        (Axis("size", len(sizes), at=len(sizes) - 1, marks=[int(s) for s in sizes]),),
        (
            Lines(
                id="by_size", along="size", series=curves, span=(-0.02, 1.05), wide=True,
                levels=[(t.chance, "")], rules=[(float(t.trained), "")],
            ),
        ),
        (Listed("table", ("encoding", "verdict", "inside", "outside"), rows),),
    )  # fmt: skip


def converged(positional: str) -> tuple[int, int]:
    """(tasks that it converged on in every seed, tasks)."""
    rows = trained.rows()
    tasks = trained.tasks(rows)
    found = [s for task in tasks for s in trained.summaries(rows, task) if s.positional == positional]
    return sum(all(s.converged) for s in found), len(tasks)


def ranks(positional: str) -> list[tuple[str, int, int]]:
    """(task, place, of how many) by the worst seed at the largest size, of those that converged in every seed."""
    rows, out = trained.rows(), []
    for task in trained.tasks(rows):
        far = str(TASKS[task].tested[-1])
        done = {s.positional: min(s.by_size[far]) for s in trained.summaries(rows, task) if all(s.converged)}
        if positional in done:
            place = 1 + sum(a > done[positional] for a in done.values())
            out.append((TASKS[task].title, place, len(done)))
    return out
