"""One edit as plain data, checked as far as it can be without a model."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from model.edits.selection import select
from model.edits.values import place, short, value_of
from model.errors import EditError

OPS = ("zero", "scale", "set", "add", "replace")


class Edit:
    """One change to one named tensor.

    name    the stage
    op      zero; scale (times value); set (to value); add (plus value); replace (by an array, or by `like`)
    value   a number; for replace an array of the shape of the chosen part; set, add, scale take arrays too
    like    for replace: a trace (or any mapping) whose tensor of the same name, same part, is put in
    **axes  which part: an int, a list of ints or a slice for any axis of the stage; all of it by default

    Raises EditError for an unknown operation or a number it cannot use. The name, the axes, their ranges
    and shapes are checked against a model by `Model.check` or when tracing.
    """

    __slots__ = ("at", "name", "op", "value")

    def __init__(self, name: str, op: str, value: Any = None, *, like: Any = None, **axes: Any):
        if not isinstance(name, str):
            raise EditError(f"the name of an edit must be a stage's name; it is {name!r}.")
        if op not in OPS:
            raise EditError(f"edit {op!r} is unknown; choose one of {', '.join(OPS)}.")
        if like is not None and (op != "replace" or value is not None):
            raise EditError("like= goes with 'replace', in place of a value.")
        if op == "zero" and value is not None:
            raise EditError(f"'zero' takes no value; it was given {value!r}. Use 'set' for another number.")
        if op != "zero" and value is None and like is None:
            raise EditError(f"{op!r} needs a value" + (" or like=a trace." if op == "replace" else "."))
        if op == "replace" and like is None and isinstance(value, (int, float)):
            raise EditError("'replace' takes an array of the chosen part's shape; use 'set' for one number.")
        self.name, self.op, self.at = (
            name,
            op,
            {axis: place(name, axis, sel) for axis, sel in axes.items()},
        )
        self.value: float | int | Tensor | None = None if op == "zero" else value_of(name, op, value, like)
        if like is not None:
            self.value = self._part_of(self.value)  # type: ignore[arg-type]

    def _part_of(self, whole: tuple[Tensor, tuple[str, ...]]) -> Tensor:
        tensor, axes = whole
        selection = select(self, axes, tuple(tensor.shape))
        return tensor[selection].detach().clone()

    def __repr__(self) -> str:
        value = "" if self.value is None else f", {short(self.value)}"
        return f"Edit({self.name!r}, {self.op!r}{value}{''.join(f', {a}={s!r}' for a, s in self.at.items())})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Edit) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.name, self.op, repr(self.at)))

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data; `from_dict` reads it back."""
        value: Any = {"array": self.value.tolist()} if isinstance(self.value, Tensor) else self.value
        if isinstance(value, float) and math.isinf(value):
            value = {"inf": value > 0}
        at = {a: {"slice": [s.start, s.stop, s.step]} if isinstance(s, slice) else s for a, s in self.at.items()}
        return {"name": self.name, "op": self.op, "value": value, "at": at}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Edit:
        value = data.get("value")
        if isinstance(value, dict) and "array" in value:
            value = torch.tensor(value["array"])
            if value.is_floating_point():  # in double, so that no digit of any type is lost
                value = torch.tensor(data["value"]["array"], dtype=torch.float64)
        elif isinstance(value, dict):
            value = math.inf if value["inf"] else -math.inf
        at = {a: slice(*s["slice"]) if isinstance(s, dict) else s for a, s in data.get("at", {}).items()}
        return cls(data["name"], data["op"], value, **at)


def listed(edits: Any) -> tuple[Edit, ...]:
    """What was given as edits= as a tuple. Raises EditError for anything but edits."""
    if edits is None:
        return ()
    if not isinstance(edits, Iterable) or isinstance(edits, (str, bytes)):
        raise EditError(f"edits= takes a list of model.Edit(...); it was given {edits!r}.")
    edits = tuple(edits)
    for edit in edits:
        if not isinstance(edit, Edit):
            raise EditError(f"edits= takes model.Edit(...) only; it was given {edit!r}.")
    return edits
