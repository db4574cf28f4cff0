"""Pictures of runs as they train: every number on a board is the run's."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
import pytest

from model.train import positions_table
from model.train.positions_apart import watched
from model.train.positions_seen import DIED, FINISHED, PAUSED, RUNNING, STOPPED, WAITING, Run, trial_of
from model.train.positions_tasks import TASKS
from viz.arrays import decode
from viz.board import payload
from viz.positions import training
from viz.positions.training import Watched


def looked(steps: tuple[int, ...], shift: float) -> Watched:
    numbers = np.random.default_rng(0)
    curve = [(s, 3.5 - s / 100 - shift, s / 1000 + shift) for s in range(0, steps[-1] + 1, 5)]
    looks = {s: numbers.dirichlet(np.ones(4), (2, 3, 4)).astype(np.float32) for s in steps}
    return Watched(f"run {shift}", "offset", curve, looks)


def parts(message: bytes) -> tuple[dict[str, Any], dict[str, Any], dict[str, np.ndarray]]:
    """Axes, panels by id, arrays by name."""
    header, arrays = decode(message)
    named = {block["name"]: a for block, a in zip(header["tensors"], arrays, strict=True)}
    return header["board"]["axes"], {p["id"]: p for p in header["board"]["panels"]}, named


def test_a_board_shows_each_run_as_it_was_last_seen() -> None:
    fast, slow = looked((0, 10, 40, 90), 0.0), looked((0, 20), 0.1)
    axes, panels, arrays = parts(payload(training.board([fast, slow], "file", "label")))
    assert axes["moment"]["places"] == [0, 10, 20, 40, 90]
    assert axes["moment"]["follow"]
    for i, (run, seen) in enumerate([(fast, [0, 10, 10, 40, 90]), (slow, [0, 0, 20, 20, 20])]):
        found = arrays[panels[f"attention-{i}"]["values"]]
        for place, step in enumerate(seen):
            below = np.tril(np.ones((4, 4), bool))
            np.testing.assert_array_equal(found[place][..., below], run.looks[step][..., below])
            assert np.isnan(found[place][..., ~below]).all()
        for measure, column in (("accuracy", 2), ("loss", 1)):
            series = panels[measure]["series"][i]
            np.testing.assert_array_equal(arrays[series["xs"]], [p[0] for p in run.curve])
            np.testing.assert_array_equal(
                arrays[series["values"]], np.array([p[column] for p in run.curve], np.float32)
            )
        mean = [np.diagonal(run.looks[seen[-1]], -d, -2, -1).mean(-1) for d in range(4)]
        far = arrays[panels["back"]["series"][i]["values"]][-1]
        np.testing.assert_allclose(far, np.stack(mean, -1), rtol=1e-6)
    assert panels["accuracy"]["levels"] == [[1 / 32, "chance"]]
    assert panels["loss"]["levels"] == [[-log(1 / 32), "blind guessing"]]
    said = panels["now"]["rows"][1]["words"][1]
    assert said[3] == "step 20; at step 20 accuracy 0.120, loss 3.200"


def test_runs_of_two_tasks_have_each_their_chance() -> None:
    other = Watched("other", "latest", [(0, 3.0, 0.1)], looked((0,), 0.0).looks)
    _, panels, _ = parts(payload(training.board([looked((0, 5), 0.0), other], "file", "label")))
    assert [words for _, words in panels["accuracy"]["levels"]] == [
        "chance, three back", "chance, latest value of a key",
    ]  # fmt: skip


def test_the_shipped_run_is_that_of_the_table() -> None:
    found = training.shipped("offset", "rotary")
    row = positions_table.read()["offset-rotary-0"]
    assert [list(p) for p in found.curve] == row["curve"]
    card = positions_table.load("offset-rotary").card
    assert list(found.looks) == card["snapshots"]
    m = positions_table.load("offset-rotary", 600)
    ids = watched("offset")[0].tolist()
    for layer in (0, 1):
        pattern = m.trace(ids=ids)[f"blocks.{layer}.attn.pattern"]
        np.testing.assert_allclose(found.looks[600][layer], pattern, atol=1e-6)


@pytest.mark.parametrize("accuracy", [0.9499, 0.95])
def test_a_run_below_the_mark_gets_no_conclusion(accuracy: float) -> None:
    row = {"accuracy": accuracy, "converged": accuracy >= 0.95}
    assert ("no conclusion" in training.verdict(row)) == (accuracy < 0.95)
    sizes = {str(n): {"accuracy": accuracy, "loss": 0.5} for n in TASKS["offset"].tested}
    run = Run("id", "room", trial_of("offset", "none", 0, 10), FINISHED, 10, row=row | {"sizes": sizes})
    axes, panels, arrays = parts(payload(training.lengths([run])))
    assert axes["size"]["places"] == [32, 64, 128, 256]
    (series,) = panels["accuracy-by-length"]["series"]
    assert series["faint"] == series["name"].endswith("not converged") == (accuracy < 0.95)
    np.testing.assert_array_equal(arrays[series["values"]], np.array([accuracy] * 4, np.float32))
    assert panels["accuracy-by-length"]["rules"] == [[32, "trained up to here"]]


def test_a_run_says_how_far_it_is() -> None:
    run = Run("id", "room", trial_of("copy", "t5", 7, 1500))
    assert training.name(run) == "T5 relative bias, copy, seed 7, 1,500 steps"
    run.place = 3
    assert training.state(run) == "waiting, number 3 in line"
    run.state = RUNNING
    assert training.state(run) == "starting"
    run.began, run.step, run.rate = (0, 0.0), 500, 20.0
    assert training.state(run) == "step 500 of 1,500, 20 a second, about 50 s left"
    run.rate = 2.0
    assert training.state(run).endswith("about 8 min left")
    run.step = 1500
    assert training.state(run).endswith("measuring what it can do")
    run.state, run.step = PAUSED, 700
    assert training.state(run) == "paused at step 700 of 1,500"
    run.state = STOPPED
    assert training.state(run) == "stopped at step 700 of 1,500"
    run.state, run.said = DIED, "It burst."
    assert training.state(run) == "ended at step 700 of 1,500. It burst."
    run.state = WAITING
    assert training.state(run) == "waiting, number 3 in line; step 700 of 1,500"
