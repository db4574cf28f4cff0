"""The user's cache folder: what was fetched and converted, so that it is done once.

Nothing appears under its final name before it is whole: files are written beside it and renamed, and a folder of
several files is renamed as one. What an interrupted run leaves behind is swept away later.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.errors import CheckpointError
from model.progress import Progress, reported, reporting, silent

__all__ = ["Progress", "lock", "part", "reported", "reporting", "root", "silent", "staging"]
_STALE_SECONDS = 24 * 3600
_PAUSE = 0.2  # seconds
_ELSEWHERE = "waiting: somebody else is at it"
_locks: dict[str, threading.Lock] = {}
_locks_guard = threading.Lock()


def part(progress: Progress, start: float, end: float) -> Progress:
    """Progress of one step of several: its 0 to 1 become `start` to `end`."""
    return lambda fraction, words: progress(start + (end - start) * min(max(fraction, 0.0), 1.0), words)


def root() -> Path:
    """GLASSFORMER_CACHE, else glassformer in XDG_CACHE_HOME, else ~/.cache/glassformer. Not made here."""
    if own := os.environ.get("GLASSFORMER_CACHE"):
        return Path(own).expanduser().absolute()
    shared = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return shared.absolute() / "glassformer"


@contextmanager
def staging(final: Path, needs: int = 0) -> Iterator[Path]:
    """A new folder beside `final`. When the block ends well it becomes `final`, otherwise it is removed.

    needs   bytes that will be written; raises CheckpointError when the disk has less. So does any failure to write.
    Somebody else who got there first wins: both made the same.
    """
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        _sweep(final.parent)
        free = shutil.disk_usage(final.parent).free
        if needs > free:
            raise CheckpointError(
                f"{final.parent} has {free / 1e6:,.0f} MB free, and {needs / 1e6:,.0f} MB are needed. "
                f"Free some, or set GLASSFORMER_CACHE to a folder on a larger disk."
            )
        folder = Path(tempfile.mkdtemp(prefix=".new-", dir=final.parent))
    except OSError as error:
        raise CheckpointError(_cannot_write(error)) from error
    try:
        yield folder
        try:
            folder.rename(final)
        except OSError:
            if not final.is_dir():
                raise
    except OSError as error:
        raise CheckpointError(_cannot_write(error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def lock(name: str, progress: Progress = silent) -> Iterator[None]:
    """One at a time, over all threads and (on POSIX) all processes of this user. While it waits it says so."""
    with _locks_guard:
        mine = _locks.setdefault(name, threading.Lock())
    while not mine.acquire(timeout=_PAUSE):
        progress(0.0, _ELSEWHERE)
    try:
        try:
            import fcntl
        except ImportError:  # Windows: two processes may do the same work twice, and nothing worse
            yield
            return
        folder = root() / "locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = (folder / name).open("w")
        except OSError as error:
            raise CheckpointError(_cannot_write(error)) from error
        with file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    progress(0.0, _ELSEWHERE)
                    time.sleep(_PAUSE)
            yield
    finally:
        mine.release()


def _cannot_write(error: OSError) -> str:
    return (
        f"the cache folder {root()} cannot be written ({error.strerror or error}). "
        f"Set GLASSFORMER_CACHE to a folder that can."
    )


def _sweep(folder: Path) -> None:
    """Removes what runs that were killed left behind, once nobody can still be writing it."""
    for left in folder.glob(".new-*"):
        try:
            old = time.time() - left.stat().st_mtime > _STALE_SECONDS
        except OSError:
            continue
        if old:
            shutil.rmtree(left, ignore_errors=True)
