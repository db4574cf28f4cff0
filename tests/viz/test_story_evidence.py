"""The numbers of the story's last steps, and of its open questions, straight from the table of runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model.positional.properties import measure
from model.train import positions_table
from model.train.positions_measure import CONVERGED
from model.train.positions_tasks import TASKS
from tests.viz.asked import numbers, panel, told
from viz.positions import probe
from viz.positions.setup import title
from viz.positions.story import questions
from viz.positions.story.base import percent, short


@pytest.mark.parametrize("task", ["offset", "latest"])
def test_nothing(task: str) -> None:
    found = numbers("nothing", task=task)
    for name, own in (("trained", True), ("untrained", False)):
        read = probe.probe(f"{task}-none", own)
        assert found[name] == short(read.error[int(found["layer"])])
    assert (found["first"], found["last"], found["places"]) == ("0.500", short(1 / 16), "16")
    row = next(r for r in positions_table.read().values() if r["key"].startswith(f"{task}-none") and r["seed"] == 0)
    assert found["right"] == percent(row["accuracy"])


@pytest.mark.parametrize("task", ["offset", "copy", "latest"])
def test_comparison(task: str) -> None:
    """Straight from the table of runs."""
    found, t = numbers("comparison", task=task), TASKS[task]
    rows = [r for r in positions_table.read().values() if r["task"] == task and r["recipe"]["times"] == 1]
    names = {r["positional"] for r in rows}
    assert (found["encodings"], found["runs"]) == (str(len(names)), str(len(rows)))
    worst = {
        n: min(r["sizes"][str(t.tested[-1])]["accuracy"] for r in rows if r["positional"] == n)
        for n in names
        if min(r["accuracy"] for r in rows if r["positional"] == n) >= CONVERGED
    }
    assert (found["done"], found["not_done"]) == (str(len(worst)), str(len(names) - len(worst)))
    for key, these in (("kept", lambda a: a >= CONVERGED), ("lost", lambda a: a < CONVERGED)):
        said = set(found[key].split("; ")) - {"–"}
        assert said == {title(n) for n, a in worst.items() if these(a)}
    assert found["chance"] == percent(t.chance)
    assert len(told("comparison", task=task).tables[0].rows) == len(names)


def test_why_tables_lost_ground() -> None:
    found = numbers("tables")
    assert (found["table_short"], found["table_long"]) == (f"{128 * 32:,}", f"{8192 * 32:,}")
    assert (found["t5"], found["rotary"]) == (str(measure("t5").parameters), str(measure("rotary").parameters))
    assert found["moved"] == short(measure("learned").shift[8])
    assert "10⁻" in found["moved_rotary"]
    rows = [r for r in positions_table.read().values() if r["positional"] == "learned" and r["recipe"]["times"] == 1]
    done = {t for t in TASKS if (of := [r["converged"] for r in rows if r["task"] == t]) and all(of)}
    assert found["done"] == str(len(done))
    last = {t: str(TASKS[t].tested[-1]) for t in done}
    fell = [t for t in done if all(r["sizes"][last[t]]["accuracy"] < CONVERGED for r in rows if r["task"] == t)]
    assert found["fell"] == str(len(fell))


def test_what_is_a_sum_in_the_score() -> None:
    found: dict[str, Any] = questions.measured()
    for name in ("alibi", "t5", "kerple", "fire"):
        assert found[name][0] < 1e-12
    for name in ("rotary", "cope", "shaw", "sinusoidal", "learned", "learnable_sinusoid"):
        assert found[name][0] > 1e-2
    assert found["alibi"][1] < 1e-12
    for name in ("t5", "kerple", "fire"):
        assert found[name][1] > 0.05
    said = numbers("sums", positional="alibi")
    assert set(said["plain"].split("; ")) == {title(n) for n in ("alibi", "t5", "kerple", "fire")}
    assert said["straight"] == title("alibi")
    for name, (mixed, _) in found.items():  # parallel where nothing interacts, and only there
        first, *others = (c.values for c in panel("sums", "scores", positional=name).series)
        bent = max(float(np.ptp(other - first, axis=1).max()) for other in others)
        assert (bent < 1e-5) == (mixed < 1e-12), name


def test_the_rank_of_the_most_used_encoding() -> None:
    """By the worst seed at the largest size, straight from the table of runs."""
    every = [r for r in positions_table.read().values() if r["recipe"]["times"] == 1]
    for part in numbers("most")["ranks"].split("; "):
        task, _, place = part.rpartition(": ")
        rows = [r for r in every if TASKS[r["task"]].title == task]
        bad = {r["positional"] for r in rows if not r["converged"]}
        far = str(TASKS[rows[0]["task"]].tested[-1])
        worst: dict[str, float] = {}
        for r in rows:
            if r["positional"] not in bad:
                worst[r["positional"]] = min(worst.get(r["positional"], 1.0), r["sizes"][far]["accuracy"])
        assert place == f"{1 + sum(a > worst['rotary'] for a in worst.values())}/{len(worst)}"
