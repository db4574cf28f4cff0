"""One bar over all trials of a sweep: steps done, steps a second, time left."""

from __future__ import annotations

from typing import Any

from model.train.positions import Trial


class Progress:
    """Fed with (trial, step) in any order; a trial that began anew or was told of twice does no harm."""

    def __init__(self, todo: list[Trial]):
        from tqdm import tqdm

        self.steps = dict.fromkeys((t.key for t in todo), 0)
        self.trials, self.done = len(todo), 0
        self.bar = tqdm(total=sum(t.steps for t in todo), unit="step", smoothing=0.02, mininterval=2)
        self.bar.set_description(f"0 of {self.trials} trials")

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: Any) -> None:
        self.bar.close()

    def at(self, key: str, step: int) -> None:
        self.steps[key] = max(self.steps[key], step)
        self.bar.update(sum(self.steps.values()) - self.bar.n)

    def finished(self, trial: Trial) -> None:
        self.done += 1
        self.bar.set_description(f"{self.done} of {self.trials} trials", refresh=False)
        self.at(trial.key, trial.steps)
