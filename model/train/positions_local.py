"""The sweep in processes of this machine, one thread each."""

from __future__ import annotations

import multiprocessing
import os
import queue
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path
from typing import Any

import torch

from model.train.positions import Trial
from model.train.positions_progress import Progress
from model.train.positions_work import alone, keep, work

_told: Any = None  # of a worker process: the queue to its parent


def sweep(todo: list[Trial], out: Path, folder: Path, workers: int = 2, nice: int = 0) -> None:
    """Trains what is in `todo`; each trial enters the table in `out` as soon as it is finished.

    folder: for states of unfinished trials. What a trial raises ends the sweep.
    """
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    pool = ProcessPoolExecutor(workers, context, _prepare, (told, nice))
    with alone(folder), Progress(todo) as progress:
        running: dict[Future, Trial] = {pool.submit(_work, t, folder): t for t in todo}
        try:
            while running:
                finished, _ = wait(running, timeout=2, return_when=FIRST_COMPLETED)
                _drain(told, progress)
                for future in finished:
                    trial = running.pop(future)
                    keep(trial, future.result(), out, folder)
                    progress.finished(trial)
        finally:
            pool.shutdown(wait=not running, cancel_futures=True)


def _prepare(told: Any, nice: int) -> None:
    """Start of a worker process."""
    global _told
    _told = told
    torch.set_num_threads(1)
    os.nice(nice)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    """A parent that was killed cannot tell; its workers notice by themselves."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _work(trial: Trial, folder: Path) -> dict[str, Any]:
    return work(trial, folder, lambda key, step: _told.put((key, step)))


def _drain(told: Any, progress: Progress) -> None:
    while True:
        try:
            progress.at(*told.get_nowait())
        except queue.Empty:
            return
