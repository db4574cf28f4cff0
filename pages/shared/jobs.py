"""Work that takes a while, in a thread of its own, so that a page can show how far it is and stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

from model.progress import Progress

STOPPED_WITHIN = 3.0  # seconds after a request to stop


class Stopped(BaseException):
    """Raised where the work reports its progress. Like Ctrl-C it is no Exception, so that nobody takes it for one."""


class Job:
    """One piece of work. It begins at once.

    key       what it is about, so that a page knows its own
    work      called with the progress callback, in the new thread
    result    what it returned; None unless it ended well
    error     what it raised
    stopped   whether somebody asked it to stop and it did
    """

    def __init__(self, key: Hashable, work: Callable[[Progress], Any]):
        self.key = key
        self.result: Any = None
        self.error: Exception | None = None
        self.fraction, self.words, self.stopped = 0.0, "", False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True, name=f"job {str(key)[:40]}")
        self._thread.start()

    def _run(self, work: Callable[[Progress], Any]) -> None:
        try:
            self.result = work(self._report)
        except Stopped:
            self.stopped = True
        except Exception as error:  # shown by the page, in the session that waits
            self.error = error

    def _report(self, fraction: float, words: str) -> None:
        if self._stop.is_set():
            raise Stopped
        self.fraction, self.words = min(max(fraction, 0.0), 1.0), words

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within so many seconds."""
        self._thread.join(seconds)
        return not self.running

    def ask_to_stop(self) -> None:
        self._stop.set()

    def stop(self) -> None:
        """Asks it to stop, and waits a moment until it has."""
        self.ask_to_stop()
        self.wait(STOPPED_WITHIN)
