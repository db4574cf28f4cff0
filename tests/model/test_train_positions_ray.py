"""The sweep on a Ray of two workers on this machine, one of which is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from model.train.positions import Trial, begin, run
from model.train.positions_table import read, result

pytest.importorskip("ray")

from model.train import positions_ray

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # the library's own warnings are not ours

TODO = [Trial("offset", name, 0) for name in ("none", "rotary")]


def test_a_killed_worker_loses_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[str, int]] = []
    back: list[int] = []
    watch = positions_ray.Listener.on_trial_result

    def watched(self: Any, iteration: int, trials: list, trial: Any, result: dict, **info: Any) -> None:
        watch(self, iteration, trials, trial, result, **info)
        if not killed and result["step"] > 300 and "row" not in result:
            killed.append((result["key"], result["step"]))
            os.kill(result["pid"], signal.SIGKILL)
        elif killed and result["key"] == killed[0][0]:
            back.append(result["step"])

    monkeypatch.setattr(positions_ray.Listener, "on_trial_result", watched)
    positions_ray.sweep_on_ray(TODO, tmp_path / "out", tmp_path / "work", None, 2, save_every=1.0)
    rows = read(tmp_path / "out")
    assert sorted(rows) == sorted(t.key for t in TODO)
    assert killed
    assert back[0] > killed[0][1] - 100  # it went on from a state a second old, not from the start
    for trial in TODO:
        here = result(trial, run(trial, begin(trial)))
        assert here["sizes"] == rows[trial.key]["sizes"]
        assert here["curve"] == rows[trial.key]["curve"]
    assert not list((tmp_path / "work").glob("*.safetensors"))
