"""A trial at work, wherever it runs: goes on from its last saved state, saves as it goes, says how far it is."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model.errors import CheckpointError, GlassformerError
from model.train.positions import Trial, begin, run
from model.train.positions_state import State
from model.train.positions_table import add, result

SAVE_EVERY = 20.0  # seconds; what a killed run loses at most
TELL_EVERY = 2.0

Tell = Callable[[str, int], None]  # (key, step)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Raises GlassformerError when another sweep uses this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise GlassformerError(f"another sweep is at work in {folder}; wait for it, or give --work.") from error
        yield


def state_path(folder: Path, trial: Trial) -> Path:
    return folder / f"{trial.key}.safetensors"


def resumed(trial: Trial, path: Path) -> State:
    """The saved state where there is a sound one of this recipe, else a beginning."""
    state = begin(trial)
    if path.exists():
        try:
            state.load(path)
        except CheckpointError as error:
            print(f"{error} {trial.key} begins anew.", flush=True)
            return begin(trial)
    return state


def work(trial: Trial, folder: Path, tell: Tell, save_every: float = SAVE_EVERY) -> dict[str, Any]:
    """Runs a trial to its end and returns its row. Its last state stays in `folder` until `keep`."""
    path = state_path(folder, trial)
    state = resumed(trial, path)
    saved = told = time.monotonic()

    def after(state: State) -> None:
        nonlocal saved, told
        now = time.monotonic()
        if now - saved > save_every:
            state.save(path)
            saved = now
        if now - told > TELL_EVERY:
            tell(trial.key, state.step)
            told = now

    run(trial, state, after)
    state.save(path)
    return result(trial, state)


def keep(trial: Trial, row: dict[str, Any], out: Path, folder: Path) -> None:
    """A finished trial goes into the table; its state is needed no more."""
    path = state_path(folder, trial)
    add(out, trial, row, resumed(trial, path))
    path.unlink()
