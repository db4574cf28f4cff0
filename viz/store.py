"""Traces that the browser may ask about, by an id that nobody can guess. Bounded; the oldest leaves first."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from model import Trace


class TraceStore:
    """At most `most` traces, and at most `most_bytes` of tensors unless one alone is larger."""

    def __init__(self, most: int = 32, most_bytes: int = 1 << 30):
        self.most, self.most_bytes = most, most_bytes
        self._traces: OrderedDict[str, Trace] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, trace: Trace) -> str:
        """Keeps a trace and returns its id."""
        trace_id = secrets.token_urlsafe(16)
        self.put(trace_id, trace)
        return trace_id

    def put(self, trace_id: str, trace: Trace) -> None:
        """Keeps a trace under an id it has had before."""
        with self._lock:
            self._traces[trace_id] = trace
            self._traces.move_to_end(trace_id)
            total = sum(t.nbytes for t in self._traces.values())
            while len(self._traces) > 1 and (len(self._traces) > self.most or total > self.most_bytes):
                total -= self._traces.popitem(last=False)[1].nbytes

    def get(self, trace_id: str) -> Trace | None:
        with self._lock:
            trace = self._traces.get(trace_id)
            if trace is not None:
                self._traces.move_to_end(trace_id)
            return trace

    def remove(self, trace_id: str) -> None:
        with self._lock:
            self._traces.pop(trace_id, None)

    def __len__(self) -> int:
        return len(self._traces)


STORE = TraceStore()
