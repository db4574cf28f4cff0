"""Setups that the browser may ask about, by an id that nobody can guess. Bounded; the oldest leaves first."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict

from viz.positions.setup import Setup

MOST = 256

_ids: OrderedDict[Setup, str] = OrderedDict()
_lock = threading.Lock()


def hold(setup: Setup) -> str:
    """Its id: the same one as long as it is kept, so that pages and answers that hold it stay good."""
    with _lock:
        found = _ids.setdefault(setup, secrets.token_urlsafe(16))
        _ids.move_to_end(setup)
        while len(_ids) > MOST:
            _ids.popitem(last=False)
        return found


def get(setup_id: str) -> Setup | None:
    with _lock:
        return next((setup for setup, its in _ids.items() if its == setup_id), None)
