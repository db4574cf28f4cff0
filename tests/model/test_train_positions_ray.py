"""The sweep on a Ray of two workers on this machine, one of which is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from model.train.positions import Trial, begin, run
from model.train.positions_seen import trial_of
from model.train.positions_table import read, result
from model.train.positions_work import resumed, state_path

pytest.importorskip("ray")

from model.train import positions_ray

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # the library's own warnings are not ours

STEPS = 300
A_MOMENT = 60  # steps, about two seconds of them
TODO = [trial_of("offset", name, 0, STEPS) for name in ("none", "rotary")]


def test_a_killed_worker_loses_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[Trial, int, int]] = []  # and the steps that it had told of, and saved
    back: list[int] = []
    watch = positions_ray.Listener.on_trial_result

    def watched(self: Any, iteration: int, trials: list, trial: Any, result: dict, **info: Any) -> None:
        watch(self, iteration, trials, trial, result, **info)
        if not killed and result["step"] > STEPS // 2 and "row" not in result:
            os.kill(result["pid"], signal.SIGKILL)
            mine = self.trials[result["key"]]
            killed.append((mine, result["step"], resumed(mine, state_path(self.folder, mine)).step))
        elif killed and result["key"] == killed[0][0].key:
            back.append(result["step"])

    monkeypatch.setattr(positions_ray.Listener, "on_trial_result", watched)
    positions_ray.sweep_on_ray(TODO, tmp_path / "out", tmp_path / "work", None, 2, save_every=0.5)
    rows = read(tmp_path / "out")
    assert sorted(rows) == sorted(t.key for t in TODO)
    ((trial, told, saved),) = killed
    assert saved > told - A_MOMENT
    assert back[0] >= saved  # from its start it could not be so far when it tells for the first time
    here = result(trial, run(trial, begin(trial)))
    assert here["sizes"] == rows[trial.key]["sizes"]
    assert here["curve"] == rows[trial.key]["curve"]
    assert not list((tmp_path / "work").glob("*.safetensors"))
