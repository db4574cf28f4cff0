"""A pass that is watched: for each tensor that is tapped, the calls that led there and the lines they had run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import torch

import model as package
from model import Transformer
from model.tape import Tape, record
from viz.statements import returns_tap

ROOT = Path(package.__file__).parent
_MACHINERY = {str(ROOT / "tape.py")}


@dataclass(frozen=True)
class Call:
    """A function call on the stack of a tap: its code, the line it is at, the lines that have run so far."""

    code: CodeType
    line: int
    ran: frozenset[int]
    part: str | None  # name of the part whose method it is


class Watch(Tape):
    """A tape that notes, for each name, the calls that led to its tap, innermost first."""

    def __init__(self, names: frozenset[str]):
        super().__init__(names)
        self.plain = False  # every tap comes through `take`
        self.calls: dict[str, tuple[Call, ...]] = {}
        self.called: dict[CodeType, set[int]] = {}  # every function of model/ that ran, and its lines
        self.taps: frozenset[str] = frozenset()
        self._ran: dict[int, set[int]] = {}  # id of a live frame -> its lines

    def take(self, name: str, x: torch.Tensor) -> torch.Tensor:
        self.calls[name] = tuple(self._stack())
        return super().take(name, x)

    def _stack(self) -> Iterator[Call]:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith(str(ROOT)) and file not in _MACHINERY:
                part = getattr(frame.f_locals.get("self"), "name", None)
                yield Call(frame.f_code, frame.f_lineno, frozenset(self._ran.get(id(frame), ())), part)
            frame = frame.f_back

    def finish(self) -> None:
        """Notes the functions whose result is a stage: what they do is that stage's story, and no other's."""
        inside = {c.code for calls in self.calls.values() for c in calls}
        self.taps = frozenset({"tap", "side"}) | {c.co_name for c in inside if returns_tap(c, self.called[c])}

    def trace_calls(self, frame: FrameType, event: str, _: Any) -> Callable | None:
        """For sys.settrace: follows the functions of model/ and no others."""
        file = frame.f_code.co_filename
        if not file.startswith(str(ROOT)) or file in _MACHINERY:
            return None
        self._ran[id(frame)] = lines = set()
        self.called.setdefault(frame.f_code, set())

        def trace_lines(inner: FrameType, what: str, __: Any) -> Callable:
            if what == "line":
                lines.add(inner.f_lineno)
                self.called[inner.f_code].add(inner.f_lineno)
            return trace_lines

        return trace_lines


def watch_pass(network: Transformer, padded: bool) -> Watch:
    """Runs the shortest pass that taps everything."""
    sides = [s for s in (network.config.encoder, network.config.decoder) if s is not None]
    image = sides[0].image
    n = min(2, *(s.n_ctx for s in sides), 2) if image is None else sides[0].n_ctx
    ids = torch.zeros(n, dtype=torch.int64, device=network.device)
    features = None if image is None else torch.zeros(image, dtype=network.dtype, device=network.device)
    two = network.config.architecture == "encoder-decoder"
    mask = torch.tensor([1] + [0] * (n - 1), device=ids.device) if padded else None
    tape = Watch(network.plan((n, n) if two else (n,), padded).names)
    before = sys.gettrace()
    try:
        with torch.no_grad(), record(tape):
            sys.settrace(tape.trace_calls)
            network(ids, ids if two else None, None, mask, features=features)
    finally:
        sys.settrace(before)
    tape.finish()
    return tape
