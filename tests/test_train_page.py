"""The page section that trains one now: what it shows at once, what it refuses, and a run to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from model.train import positions_table
from model.train.positions import begin, run
from model.train.positions_seen import trial_of
from model.train.positions_table import result
from pages.lab import train
from tests.test_pages import param
from tests.test_positions_page import bodies, opened, table
from viz.arrays import decode

PATIENCE = 240.0


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    train.service().close()
    train.service.clear()


def here(**query: str) -> AppTest:
    return opened(section="Train now", **query)


def boards(at: AppTest) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    found = []
    for element in at.get("bidi_component"):
        header, arrays = decode(element.proto.bytes)
        found.append((header["board"], {b["name"]: a for b, a in zip(header["tensors"], arrays, strict=True)}))
    return found


def start(at: AppTest, steps: int, names: list[str]) -> AppTest:
    at.multiselect(key="train-encodings").set_value(names)
    at.number_input(key="train-steps-offset").set_value(steps)
    press(at, "Start")
    assert not at.exception, at.exception
    return at


def press(at: AppTest, label: str) -> None:
    next(b for b in at.button if b.label == label).click().run()


def test_before_anything_is_started_a_shipped_run_is_shown_and_said_to_be_that() -> None:
    at = here()
    assert "a run of the shipped comparison: Rotary" in bodies(at)
    ((board, arrays),) = boards(at)
    panels = {p["id"]: p for p in board["panels"]}
    curve = positions_table.read()["offset-rotary-0"]["curve"]
    np.testing.assert_array_equal(arrays[panels["accuracy"]["series"][0]["values"]], np.array(curve, np.float32)[:, 2])
    assert arrays[panels["attention-0"]["values"]].shape == (10, 2, 4, 16, 16)


def test_wrong_choices_and_lost_runs_are_said_in_words() -> None:
    at = start(here(), 50, [])
    assert "No encoding is chosen" in bodies(at)
    at = here(runs="nonsense")
    assert "not on this server any more" in bodies(at)
    assert boards(at)
    at.session_state["drawn-options"] = (("drawn_formula", "1/(distance-40)"),)
    start(at, 50, ["drawn"])
    assert "infinite" in bodies(at)
    assert train.service().runs("nonsense") == []


def test_more_than_is_allowed_is_refused() -> None:
    at = here()
    train.service().at_once = 0
    start(at, 50, ["rotary", "alibi", "none", "t5"])
    assert "number 4 in line" in bodies(at)
    start(at, 50, ["learned", "kerple", "fire"])
    assert "You have 4 runs that have not ended and asked for 3 more; 6 can be open" in bodies(at)
    press(at, "Stop")
    assert "stopped at step 0 of 50" in bodies(at)
    press(at, "Pause")
    assert "paused at step 0" in bodies(at)
    press(at, "Resume")
    assert "paused" not in bodies(at)
    press(at, "Remove")
    assert "stopped" not in bodies(at)


@pytest.mark.slow
def test_a_run_goes_to_its_end_and_is_found_again() -> None:
    options = (("drawn_formula", "-distance / 3"),)
    at = here()
    at.session_state["drawn-options"] = options
    start(at, 16, ["drawn"])
    room = param(at, "runs")
    end = time.monotonic() + PATIENCE
    while 'data-run="finished"' not in bodies(at):
        assert time.monotonic() < end
        time.sleep(0.5)
        at.run()
        assert not at.exception, at.exception
    trial = trial_of("offset", "drawn", 0, 16, options)
    torch.set_num_threads(1)  # as the process has it: two add up in another order
    row = result(trial, state := run(trial, begin(trial)))
    again = here(runs=room)
    shown = table(again, "Accuracy of each run")
    assert shown[1][1:] == [
        "not converged: no conclusion", *(f"{m['accuracy']:.4f}" for m in row["sizes"].values()),
    ]  # fmt: skip
    board, arrays = boards(again)[0]
    panels = {p["id"]: p for p in board["panels"]}
    np.testing.assert_array_equal(
        arrays[panels["loss"]["series"][0]["values"]], np.array([loss for _, loss, _ in state.curve], np.float32)
    )
    assert "a run of the shipped comparison" not in bodies(again)
