"""What is known of a live run, and what its process says of it."""

from __future__ import annotations

import signal
import time
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from model.errors import InputError
from model.train.positions import SIZES, Trial
from model.train.positions_tasks import TASKS
from model.transformer import Transformer

WAITING, RUNNING, PAUSING, PAUSED = "waiting", "running", "pausing", "paused"
FINISHED, STOPPED, DIED = "finished", "stopped", "died"
AT_WORK = (RUNNING, PAUSING)
OPEN = (WAITING, *AT_WORK, PAUSED)  # what can still go on by itself or be asked to

MOST_STEPS = 5000
MOST_SEED = 9999


@dataclass
class Run:
    """What is known of a run.

    state     one of the words above
    step      steps done
    curve     (step, loss, accuracy) on rows that training never sees
    looks     step -> [layer, head, query, key] attention to the watched tokens
    row       what it can do, as in the shipped table; None before its end
    said      why it died
    place     in line, from 1; 0 where it does not wait
    rate      steps a second since it began or went on; 0 where nothing is known yet
    """

    id: str
    room: str
    trial: Trial
    state: str = WAITING
    step: int = 0
    curve: list[tuple[int, float, float]] = field(default_factory=list)
    looks: dict[int, np.ndarray] = field(default_factory=dict)
    row: dict[str, Any] | None = None
    parameters: int = 0
    said: str = ""
    place: int = 0
    order: int = 0  # of coming into the line
    rate: float = 0.0
    began: tuple[int, float] | None = None  # step and time

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def seconds_left(self) -> float | None:
        return (self.trial.steps - self.step) / self.rate if self.state == RUNNING and self.rate else None


def trial_of(task: str, positional: str, seed: int, steps: int, options: Any = ()) -> Trial:
    """A trial of so many steps. Raises InputError or ConfigError in words."""
    if task not in TASKS:
        raise InputError(f"task {task[:40]!r} is unknown; choose one of {', '.join(TASKS)}.")
    for name, value, low, high in (("steps", steps, 1, MOST_STEPS), ("seed", seed, 0, MOST_SEED)):
        if not low <= value <= high:
            raise InputError(f"{name} is {value}; it can be from {low} to {high:,}.")
    trial = Trial(task, positional, seed, steps / TASKS[task].steps, options)
    with torch.no_grad():  # what does not fit the sizes, trained or tested, says so before anything is begun
        Transformer(trial.config)(torch.zeros(1, SIZES["n_ctx"], dtype=torch.long))
    return trial


def hear(run: Run, told: dict[str, Any]) -> None:
    """Takes down what its process says."""
    if run.state not in AT_WORK:  # stopped: what was under way counts no more
        return
    if "began" in told:  # what came after the state that it goes on from is lost
        run.parameters, run.step = told["parameters"], told["began"]
        run.began = (run.step, time.monotonic())
        run.curve = [point for point in run.curve if point[0] <= run.step]
        run.looks = {step: x for step, x in run.looks.items() if step <= run.step}
    elif "point" in told:
        step, loss, accuracy = told["point"]
        run.curve.append((step, loss, accuracy))
        run.step = max(run.step, step)
    elif "look" in told:
        found = np.frombuffer(b64decode(told["numbers"]), np.float32).reshape(told["shape"])
        run.looks[told["look"]] = found  # of bytes, so nobody can write to it
    elif "step" in told:
        run.step = told["step"]
    elif "row" in told:
        run.row, run.state = told["row"], FINISHED
    elif "paused" in told:
        run.state = PAUSED
    elif "error" in told:
        run.state, run.said = DIED, told["error"]
    if run.began is not None and run.step > run.began[0]:
        run.rate = (run.step - run.began[0]) / max(time.monotonic() - run.began[1], 1e-3)


def why(code: int, words: list[str]) -> str:
    """The end of a process that gave no reason itself."""
    if code < 0:
        name = signal.Signals(-code).name
        usual = " That is usual where memory runs out." if -code == signal.SIGKILL else ""
        return f"The process was ended from outside ({name}).{usual}"
    return f"The process ended by itself with code {code}: {(words or ['it gave no reason'])[-1][:300]}"
