"""What the comparison of encodings shipped, measured again."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from model.train import positions_table as table
from model.train.positions import Trial, moments
from model.train.positions_measure import correct, measure, rows_held_out
from model.train.positions_sweep import DEFAULT_TASKS, SEEDS, encodings, trials
from model.train.positions_tasks import IGNORED, TASKS

ROWS = table.read()


def numbers(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_shipped_table_compares_the_encodings_of_the_registry() -> None:
    assert {row["positional"] for row in ROWS.values()} == set(encodings())
    assert len(encodings()) >= 10
    for trial in trials(encodings(), DEFAULT_TASKS, 1, 1.0):
        same = [r for r in ROWS.values() if (r["task"], r["positional"]) == (trial.task, trial.positional)]
        assert {row["seed"] for row in same} == set(range(SEEDS))
        assert f"{trial.task}-{trial.positional}" in table.names()


@pytest.mark.parametrize("key", ROWS)
def test_a_shipped_row_says_what_it_is(key: str) -> None:
    row = ROWS[key]
    trial = Trial(row["task"], row["positional"], row["seed"], row["recipe"]["times"])
    assert (trial.key, trial.recipe()) == (key, row["recipe"])
    assert row["converged"] == (row["accuracy"] >= 0.95)
    assert [step for step, _, _ in row["curve"]] == list(moments(trial.steps, 40))
    assert list(row["sizes"]) == [str(size) for size in TASKS[trial.task].tested]
    for size, measured in row["sizes"].items():
        positions = TASKS[trial.task].length(int(size)) - measured["from"]
        assert len(measured["accuracy_by_position"]) == len(measured["loss_by_position"]) == positions


@pytest.mark.parametrize("name", table.names())
def test_shipped_weights_measure_what_the_table_says(name: str) -> None:
    """On a sample of the rows: numbers of other machines differ in the last digits, so a few answers may."""
    m = table.load(name)
    task = TASKS[m.card["settings"]["task"]]
    row = ROWS[f"{name}-{m.card['seed']}"]
    assert (m.card["accuracy"], m.card["config"]) == (row["accuracy"], m.network.config.to_dict() | m.card["config"])
    batch = rows_held_out(task, task.trained, 128)
    counts = batch.answers != IGNORED
    loss, right = correct(m.network, *batch)
    assert right[counts].float().mean().item() == pytest.approx(row["accuracy"], abs=0.003)
    assert loss[counts].mean().item() == pytest.approx(row["sizes"][str(task.trained)]["loss"], abs=0.003)


@pytest.mark.parametrize("name", [name for name in table.names() if name.startswith(table.SCRUBBED_TASK)])
def test_snapshots_follow_the_curve(name: str) -> None:
    card: dict[str, Any] = dict(table.load(name).card)
    curve = {step: accuracy for step, _, accuracy in ROWS[f"{name}-{card['seed']}"]["curve"]}
    batch = TASKS["offset"].make(64, 32, numbers(10_000_000 + card["seed"]))
    for step in set(card["snapshots"]) & curve.keys():
        _, right = correct(table.load(name, step).network, *batch)
        assert right[:, 3:].float().mean().item() == pytest.approx(curve[step], abs=0.01)


def test_a_whole_measurement_again() -> None:
    m = table.load("offset-rotary")
    assert measure(m.network, TASKS["offset"])["sizes"]["64"]["accuracy"] == pytest.approx(
        ROWS["offset-rotary-0"]["sizes"]["64"]["accuracy"], abs=0.003
    )
