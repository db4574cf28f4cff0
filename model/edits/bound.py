"""Edits on the stages of a model: checked before anything is computed, and applied."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from model.edits.edit import Edit, listed
from model.edits.selection import part_shape, select
from model.edits.values import short
from model.errors import EditError
from model.stages import Stage

if TYPE_CHECKING:
    from model.plan import Plan


@dataclass(frozen=True)
class BoundEdit:
    """An edit checked against the stage it changes."""

    edit: Edit
    stage: Stage
    selection: tuple[Tensor, ...]

    def apply(self, x: Tensor) -> Tensor:
        """x with the edit applied, in a new tensor. Raises EditError where only now it shows that it does not fit."""
        if tuple(x.shape) != self.stage.shape and "routed" in self.stage.axes:
            return self.fit(replace(self.stage, shape=tuple(x.shape))).apply(x)
        op, value = self.edit.op, cast(Any, self.edit.value)  # a number or an array, except for zero
        old = x[self.selection]
        if isinstance(value, Tensor):
            value = value.to(device=x.device, dtype=x.dtype)
        new = {
            "zero": lambda: torch.zeros_like(old),
            "scale": lambda: (old * value).masked_fill(old.isneginf(), -math.inf),  # masked stays masked, also times 0
            "add": lambda: old + value,
            "set": lambda: value,
            "replace": lambda: value,
        }[op]()
        out = x.clone()
        out[self.selection] = new
        return out

    def fit(self, stage: Stage) -> BoundEdit:
        """The edit on a stage whose length along `routed` has become known. Nothing fits into nothing."""
        if not stage.numel():
            return BoundEdit(self.edit, stage, tuple(torch.empty(0, dtype=torch.long) for _ in stage.axes))
        selection = select(self.edit, stage.axes, stage.shape)
        _check_shape(self.edit, selection)
        return BoundEdit(self.edit, stage, selection)

    def touches(self, index: tuple[int, ...]) -> bool:
        """Whether the cell lies in the part that is edited."""
        return all(i in chosen.flatten().tolist() for i, chosen in zip(index, self.selection, strict=True))

    def number(self, index: tuple[int, ...]) -> float | int | None:
        """The edit's own number for a cell that it touches."""
        value = self.edit.value
        if not isinstance(value, Tensor):
            return value
        place = [c.flatten().tolist().index(i) for i, c in zip(index, self.selection, strict=True) if c.dim()]
        return value.expand(part_shape(self.selection))[tuple(place)].item()


def bind(edits: Any, plan: Plan, vocab: dict[str, int], dtype: torch.dtype) -> dict[str, list[BoundEdit]]:
    """Edits by the name they change. Raises EditError before anything is computed."""
    bound: dict[str, list[BoundEdit]] = {}
    for edit in listed(edits):
        stage = plan.by_name.get(edit.name)
        if stage is None:
            raise EditError(f"no stage is called {edit.name!r}{_near(edit.name, plan)}.")
        selection = select(edit, stage.axes, stage.shape)
        if "routed" not in stage.axes:  # its length is known only when the pass has come there
            _check_shape(edit, selection)
        _check_numbers(edit, stage, vocab)
        _check_size(edit, dtype)
        bound.setdefault(edit.name, []).append(BoundEdit(edit, stage, selection))
    return bound


def _check_shape(edit: Edit, selection: tuple[Tensor, ...]) -> None:
    part = part_shape(selection)
    if isinstance(edit.value, Tensor):
        shape = tuple(edit.value.shape)
        fits = shape == part if edit.op == "replace" else _broadcasts(shape, part)
        if not fits:
            raise EditError(f"{edit.name}: the value has shape {shape}, but the chosen part has {part}.")


def _check_numbers(edit: Edit, stage: Stage, vocab: dict[str, int]) -> None:
    if stage.kind in ("index", "count"):
        # an expert's tokens are positions, and it reads no more of them than there are
        limit = stage.shape[0] if "routed" in stage.axes else 2 if stage.kind == "count" else vocab[stage.name]
        values = edit.value.flatten().tolist() if isinstance(edit.value, Tensor) else [edit.value or 0]
        if edit.op in ("scale", "add"):
            raise EditError(f"{edit.name} holds whole numbers; use 'set' or 'replace', not {edit.op!r}.")
        if not all(0 <= v < limit and v == int(v) for v in values):
            raise EditError(f"{edit.name} takes whole numbers from 0 to {limit - 1}; it was given {short(edit.value)}.")


def _check_size(edit: Edit, dtype: torch.dtype) -> None:
    """Raises EditError for a finite number that would become infinite in the model's type."""
    if edit.value is None:
        return
    values = torch.as_tensor(edit.value, dtype=torch.float64)
    largest = torch.finfo(dtype).max
    if bool((values.isfinite() & (values.abs() > largest)).any()):
        raise EditError(
            f"{edit.name}: {short(edit.value)} is too large; this model computes with numbers up to {largest:.6g}."
        )


def _broadcasts(shape: tuple[int, ...], part: tuple[int, ...]) -> bool:
    try:
        return tuple(torch.broadcast_shapes(shape, part)) == part
    except RuntimeError:
        return False


def _near(name: str, plan: Plan) -> str:
    import difflib

    close = difflib.get_close_matches(name, list(plan.by_name), n=3)
    return f"; close to it: {', '.join(close)}" if close else ""
