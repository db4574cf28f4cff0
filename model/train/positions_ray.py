"""The same sweep on a Ray cluster, through Ray Tune: `pip install -r requirements-ray.txt`, then `--ray ADDRESS`.

A trial is what it is in a local process, `positions_work.work`: it saves its state as it goes and begins from it. Tune
places trials, and starts one again when its worker or machine dies. All machines must see the folder of states
(`--work`), the package `model` and the same torch; a shared disk will do.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when it is imported; nothing is told to anybody

import ray
import torch
from ray import tune

from model.errors import GlassformerError
from model.train.positions import Trial
from model.train.positions_progress import Progress
from model.train.positions_work import SAVE_EVERY, alone, keep, work

DEATHS = 5  # of the workers of one trial; then something else is wrong


def on_ray(config: dict[str, Any]) -> None:
    """One trial, in a Ray worker."""
    torch.set_num_threads(1)
    trial = Trial(**config["trial"])
    folder, every = Path(config["folder"]), config["save_every"]
    row = work(trial, folder, lambda key, step: tune.report({"key": key, "step": step}), every)
    tune.report({"key": trial.key, "step": trial.steps, "row": json.dumps(row)})


class Listener(tune.Callback):
    """Puts each finished trial into the table at once, so that a sweep that ends early keeps it."""

    def __init__(self, todo: list[Trial], out: Path, folder: Path, progress: Progress):
        self.trials = {t.key: t for t in todo}
        self.out, self.folder, self.progress = out, folder, progress

    def __getstate__(self) -> dict[str, Any]:
        """Tune writes its callbacks down for a later run. A later run has its own list, and a bar cannot be written."""
        return {}

    def on_trial_result(self, iteration: int, trials: list, trial: Any, result: dict, **info: Any) -> None:
        self.progress.at(result["key"], result["step"])
        if "row" in result:
            mine = self.trials[result["key"]]
            keep(mine, json.loads(result["row"]), self.out, self.folder)
            self.progress.finished(mine)


def sweep_on_ray(
    todo: list[Trial],
    out: Path,
    folder: Path,
    address: str | None,
    workers: int = 2,
    save_every: float = SAVE_EVERY,
) -> None:
    """address: of a running cluster, or None for one on this machine with `workers` workers.

    Raises GlassformerError naming the trials that could not be finished.
    """
    own: dict[str, Any] = {"num_cpus": workers, "include_dashboard": False} if address is None else {}
    ray.init(address=address, log_to_driver=False, **own)
    try:
        with alone(folder), Progress(todo) as progress:
            found = tune.Tuner(
                tune.with_resources(on_ray, {"cpu": 1}),
                param_space={
                    "trial": tune.grid_search([asdict(t) for t in todo]),
                    "folder": str(folder),
                    "save_every": save_every,
                },
                run_config=tune.RunConfig(
                    name="positions",
                    storage_path=str(folder / "tune"),
                    failure_config=tune.FailureConfig(max_failures=DEATHS),
                    callbacks=[Listener(todo, out, folder, progress)],
                    verbose=0,
                ),
            ).fit()
    finally:
        ray.shutdown()
    if found.errors:
        raise GlassformerError(f"{len(found.errors)} trials did not finish; the first said: {found.errors[0]}")
