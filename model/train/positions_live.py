"""Runs that people start and watch: a bounded queue of processes, two at a time, the rest in line.

Every run belongs to a room: an unguessable word that its visitors have. What was run stays here when they leave, until
newer runs need the place. A run that is paused has no process and holds up nobody: its state is in a file.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from model.errors import InputError
from model.train.positions import Trial
from model.train.positions_seen import (
    AT_WORK,
    DIED,
    FINISHED,
    PAUSED,
    PAUSING,
    RUNNING,
    STOPPED,
    WAITING,
    Run,
    hear,
    why,
)

AT_ONCE = 2
OF_ROOM = 6  # open runs of one room
OVERALL = 24  # open runs of all rooms
KEPT = 60  # runs in memory, ended ones among them; one is 200 kB
ABANDONED = 3600.0  # seconds that nobody looked, after which a paused run may go


class Service:
    """All rooms. Every method may be called from any thread."""

    def __init__(self, at_once: int = AT_ONCE, of_room: int = OF_ROOM, overall: int = OVERALL, kept: int = KEPT):
        self.at_once, self.of_room, self.overall, self.kept = at_once, of_room, overall, kept
        self._folder = tempfile.TemporaryDirectory(prefix="glassformer-train-")
        self._lock = threading.RLock()
        self._runs: dict[str, Run] = {}
        self._processes: dict[str, subprocess.Popen] = {}
        self._followers: dict[str, threading.Thread] = {}
        self._seen: dict[str, float] = {}  # room -> when somebody last looked
        self._orders = 0

    # ---- what a visitor asks for

    def start(self, room: str, trials: list[Trial]) -> list[str]:
        """Puts runs in line and returns their ids. Raises InputError, and takes none, where they are too many."""
        with self._lock:
            self._make_room(len(trials))
            mine = sum(r.open and r.room == room for r in self._runs.values())
            if mine + len(trials) > self.of_room:
                raise InputError(
                    f"you have {mine} runs that have not ended and asked for {len(trials)} more; {self.of_room} can be "
                    f"open at a time. Stop one, or wait for one to end."
                )
            everybody = sum(r.open for r in self._runs.values())
            if everybody + len(trials) > self.overall:
                raise InputError(
                    f"{everybody} runs of all visitors are open and this server takes {self.overall}; "
                    f"try again in a few minutes."
                )
            self._seen[room] = time.monotonic()
            ids = []
            for trial in trials:
                run = Run(secrets.token_urlsafe(9), room, trial)
                self._runs[run.id] = run
                ids.append(run.id)
                self._enter(run)
            self._go_on()
            return ids

    def runs(self, room: str) -> list[Run]:
        """Copies of a room's runs, as they are now, in the order they were started."""
        with self._lock:
            if room in self._seen:
                self._seen[room] = time.monotonic()
            places = {r.id: i + 1 for i, r in enumerate(self._line())}
            return [
                replace(r, curve=list(r.curve), looks=dict(r.looks), place=places.get(r.id, 0))
                for r in self._runs.values()
                if r.room == room
            ]

    def pause(self, room: str, id: str) -> None:  # noqa: A002
        """A running one saves its state and gives its process back."""
        with self._lock:
            run = self._mine(room, id)
            if run.state == WAITING:
                run.state = PAUSED
            elif run.state == RUNNING:
                run.state = PAUSING
                self._ask(id)

    def resume(self, room: str, id: str) -> None:  # noqa: A002
        """A paused run, or one that died, goes on from its last saved state, at the end of the line."""
        with self._lock:
            run = self._mine(room, id)
            if run.state in (PAUSED, DIED):
                self._enter(run)
                self._go_on()

    def stop(self, room: str, id: str) -> None:  # noqa: A002
        """Ends it for good. What it has shown so far stays."""
        with self._lock:
            run = self._mine(room, id)
            if run.open:
                run.state = STOPPED
                if (process := self._processes.get(id)) is not None:
                    process.kill()
                else:
                    self._clear(id)

    def remove(self, room: str, id: str) -> None:  # noqa: A002
        """Stops it, and forgets it."""
        with self._lock:
            self.stop(room, id)
            self._forget(self._runs[id])

    def close(self) -> None:
        """Ends everything."""
        with self._lock:
            for run in self._runs.values():
                run.state = STOPPED if run.open else run.state
            processes = list(self._processes.values())
            followers = list(self._followers.values())
            for process in processes:
                process.kill()
        for follower in followers:
            follower.join()
        self._folder.cleanup()

    # ---- the line; all below is called with the lock held

    def _mine(self, room: str, id: str) -> Run:  # noqa: A002
        run = self._runs.get(id)
        if run is None or run.room != room:
            raise InputError("this run is not on this server any more.")
        return run

    def _enter(self, run: Run) -> None:
        self._orders += 1
        run.order, run.state, run.said, run.began, run.rate = self._orders, WAITING, "", None, 0.0

    def _line(self) -> list[Run]:
        """Who is next: rooms take turns, so that one that asks for much does not hold up the others."""
        turns = Counter(r.room for r in self._runs.values() if r.state in AT_WORK)
        waiting = sorted((r for r in self._runs.values() if r.state == WAITING), key=lambda r: r.order)
        ranked = []
        for run in waiting:
            ranked.append((turns[run.room], run.order, run))
            turns[run.room] += 1
        return [run for _, _, run in sorted(ranked, key=lambda r: r[:2])]

    def _go_on(self) -> None:
        # One that was paused and resumed at once still has its old process for a moment.
        while len(self._processes) < self.at_once and (
            able := [run for run in self._line() if run.id not in self._processes]
        ):
            self._launch(able[0])

    def _make_room(self, wanted: int) -> None:
        """Forgets ended runs beyond what is kept, the oldest first, and paused ones that nobody has looked at."""
        now = time.monotonic()
        for run in list(self._runs.values()):
            if run.state == PAUSED and now - self._seen[run.room] > ABANDONED:
                self._forget(run)
        ended = [r for r in self._runs.values() if not r.open and r.id not in self._processes]
        for run in ended[: max(0, len(self._runs) + wanted - self.kept)]:
            self._forget(run)
        there = {r.room for r in self._runs.values()}
        self._seen = {room: at for room, at in self._seen.items() if room in there}

    def _forget(self, run: Run) -> None:
        del self._runs[run.id]
        if run.id not in self._processes:
            self._clear(run.id)

    # ---- processes

    def _path(self, id: str, kind: str) -> Path:  # noqa: A002
        return Path(self._folder.name) / f"{id}.{kind}"

    def _clear(self, id: str) -> None:  # noqa: A002
        for kind in ("safetensors", "part", "json", "errors"):
            self._path(id, kind).unlink(missing_ok=True)

    def _launch(self, run: Run) -> None:
        given = {"trial": asdict(run.trial), "state": str(self._path(run.id, "safetensors"))}
        self._path(run.id, "json").write_text(json.dumps(given))
        with self._path(run.id, "errors").open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "model.train.positions_apart", str(self._path(run.id, "json"))],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                env=os.environ | {"OMP_NUM_THREADS": "1"},
            )  # fmt: skip
        run.state = RUNNING
        self._processes[run.id] = process
        follower = threading.Thread(target=self._follow, args=(run, process), daemon=True, name=f"run {run.id}")
        self._followers[run.id] = follower
        follower.start()

    def _ask(self, id: str) -> None:  # noqa: A002
        """Tells a process to pause. One that has just ended cannot be told."""
        pipe = self._processes[id].stdin
        assert pipe is not None
        with suppress(BrokenPipeError):
            os.write(pipe.fileno(), b"pause\n")

    def _follow(self, run: Run, process: subprocess.Popen) -> None:
        """Takes down what a process says, until it ends. In a thread of its own."""
        assert process.stdout is not None
        assert process.stdin is not None
        for line in process.stdout:
            if line.endswith(b"\n"):  # else it was killed while it spoke
                with self._lock:
                    hear(run, json.loads(line))
        code = process.wait()
        words = self._path(run.id, "errors").read_text(errors="replace").strip().splitlines()
        with self._lock:
            process.stdout.close()
            process.stdin.close()
            del self._processes[run.id], self._followers[run.id]
            if run.state in AT_WORK:
                run.state, run.said = DIED, why(code, words)
            if run.state in (FINISHED, STOPPED):
                self._clear(run.id)
            self._go_on()
