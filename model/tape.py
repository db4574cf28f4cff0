"""Collecting what a forward pass computes.

A part calls `self.tap(name, x)` on each tensor it makes. With no tape active that returns x. With one, the
tape applies the edits meant for that name, keeps the tensor, and returns what computation goes on with.
The tape sits in a context variable, so threads that share a model never mix their recordings; it never
sits on the model. A context variable does not enter worker threads by itself, and must not be held
across a `yield`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from model.rules import Rule, Same
from model.stages import Derive, Stage

if TYPE_CHECKING:
    from model.edits import BoundEdit

_ACTIVE: ContextVar[Tape | None] = ContextVar("active_tape", default=None)


class Tape:
    """Keeps what is tapped.

    declared  every name that may be tapped; any other is a mistake in a part
    skip      names computed but not kept, since they can be derived again
    edits     name -> edits, in the order given
    """

    __slots__ = ("changed", "declared", "edits", "plain", "skip", "values")

    def __init__(
        self,
        declared: frozenset[str],
        skip: frozenset[str] = frozenset(),
        edits: dict[str, list[BoundEdit]] | None = None,
    ):
        self.declared, self.skip, self.edits = declared, skip, edits or {}
        self.plain = not self.skip and not self.edits  # keep everything, change nothing
        self.values: dict[str, Tensor] = {}
        self.changed: set[str] = set()

    def take(self, name: str, x: Tensor) -> Tensor:
        if name not in self.declared:
            raise LookupError(f"{name} was tapped but its part does not declare it")
        if self.edits and name in self.edits:
            x = self.apply(name, x)
        if not self.skip or name not in self.skip:
            self.values[name] = x
        return x

    def apply(self, name: str, x: Tensor) -> Tensor:
        """Edited x; the very same tensor when the edits change no bit of it."""
        edited = x
        for edit in self.edits[name]:
            edited = edit.apply(edited)
        if torch.equal(edited, x):
            return x
        self.changed.add(name)
        return edited


@contextmanager
def record(tape: Tape) -> Iterator[Tape]:
    """Makes `tape` collect in this context, and closes it again whatever happens."""
    token = _ACTIVE.set(tape)
    try:
        yield tape
    finally:
        _ACTIVE.reset(token)


class Part(nn.Module):
    """A piece of the transformer that knows its name, taps what it computes and declares it as stages."""

    _parameters: dict[str, Any]  # a bias may be None

    def __init__(self, name: str):
        super().__init__()
        self.name = name
        self.prefix = f"{name}." if name else ""

    def __call__(self, *args: Any, **words: Any) -> Any:
        # torch's own call looks for hooks, which nothing here uses: in a small model that is a tenth of the time
        return self.forward(*args, **words)

    def tap(self, name: str, x: Tensor) -> Tensor:
        tape = _ACTIVE.get()
        if tape is None:
            return x
        name = self.prefix + name
        if tape.plain and name in tape.declared:  # the common case, without another call
            tape.values[name] = x
            return x
        return tape.take(name, x)

    def edited(self, *names: str) -> bool:
        """Whether this pass has edits (of these names, where some are given), so numbers not to be had otherwise."""
        tape = _ACTIVE.get()
        if tape is None or not tape.edits:
            return False
        return not names or any(self.prefix + name in tape.edits for name in names)

    def keeps(self, name: str) -> bool:
        """Whether this pass is recorded, and what is tapped under `name` is kept."""
        tape = _ACTIVE.get()
        return tape is not None and self.prefix + name not in tape.skip

    def scratch(self, name: str, notes: dict[Any, Any], shape: tuple[int, ...], like: Tensor) -> Tensor | None:
        """Memory for a tensor that no trace will keep: one buffer serves all layers of a pass. None when it is kept.

        Fresh large buffers in every layer, between small ones that stay, would leave holes in the heap: at 512
        tokens they took half as much again as the trace itself.
        """
        tape = _ACTIVE.get()
        if tape is None or not tape.skip or self.prefix + name not in tape.skip:
            return None
        key = ("scratch", name, shape)
        if key not in notes:
            notes[key] = like.new_empty(shape)
        return notes[key]

    def side(self, name: str, compute: Callable[..., Tensor], *args: Any) -> Tensor | None:
        """Taps a tensor that the main path does not need. Returns it only when an edit changed it.

        Without a tape, or where it would be thrown away, it is not computed at all.
        """
        tape = _ACTIVE.get()
        full = self.prefix + name
        if tape is None or (full in tape.skip and full not in tape.edits):
            return None
        x = tape.take(full, compute(*args))
        return x if full in tape.changed else None

    def declare(
        self,
        sizes: dict[str, int],
        local: str,
        axes: str,
        rule: Rule,
        title: str,
        formula: str,
        kind: str = "signed",
        derive: Derive | None = None,
    ) -> Stage:
        """The stage of one of this part's taps. `sizes` gives the length of each axis for this input.

        A rule `Same(other)` declares the stage to be that other stage's tensor.
        """
        names = tuple(axes.split())
        return Stage(
            name=self.prefix + local,
            axes=names,
            shape=tuple(sizes[a] for a in names),
            kind=kind,
            title=title,
            formula=formula,
            rule=rule,
            same_as=rule.stage if isinstance(rule, Same) else None,
            part=self.name,
            derive=derive,
        )

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        """Own weights as people read them: (local name, axes, view), inputs before outputs."""
        yield from ()

    def draw_own(self, generator: torch.Generator) -> None:
        """Draws those of its weights that must not be drawn as all others are."""

    def constants(self) -> dict[str, Tensor]:
        """Numbers that enter the computation but are not trained, by local name."""
        return {}

    def constant_axes(self, local: str) -> tuple[str, ...]:
        """Names of the axes of a constant: none, or one number a head."""
        return ("head",) * self.constants()[local].dim()


def empty(*shape: int) -> nn.Parameter:
    """A parameter still to be filled, by `Transformer.initialise` or from a checkpoint."""
    return nn.Parameter(torch.empty(*shape))
