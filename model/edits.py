"""Edits: what-if questions as plain data, applied at a tap.

Edit("blocks.1.attn.z", "zero", head=2)
Edit("blocks.0.resid_pre", "replace", like=other_trace, position=3)
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from model.errors import EditError
from model.stages import Stage

if TYPE_CHECKING:
    from model.plan import Plan

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
            {axis: _checked(name, axis, sel) for axis, sel in axes.items()},
        )
        self.value: float | int | Tensor | None = None if op == "zero" else _value(name, op, value, like)
        if like is not None:
            self.value = self._part_of(self.value)  # type: ignore[arg-type]

    def _part_of(self, whole: tuple[Tensor, tuple[str, ...]]) -> Tensor:
        tensor, axes = whole
        selection = select(self, axes, tuple(tensor.shape))
        return tensor[selection].detach().clone()

    def __repr__(self) -> str:
        value = "" if self.value is None else f", {_short(self.value)}"
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


def part_shape(selection: tuple[Tensor, ...]) -> tuple[int, ...]:
    """Shape of the chosen part: an int drops its axis, a list or slice keeps it."""
    return tuple(torch.broadcast_shapes(*(s.shape for s in selection)))


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


def select(edit: Edit, axes: tuple[str, ...], shape: tuple[int, ...]) -> tuple[Tensor, ...]:
    """The edit's part as an index for tensors. Raises EditError for unknown axes and ranges."""
    for axis in edit.at:
        if axis not in axes:
            raise EditError(f"{edit.name} has no axis {axis!r}; its axes are {', '.join(axes)}.")
    lists = []
    for axis, size in zip(axes, shape, strict=True):
        chosen = edit.at.get(axis, slice(None))
        numbers = list(range(size))[chosen] if isinstance(chosen, slice) else chosen
        for i in numbers if isinstance(numbers, list) else [numbers]:
            if not -size <= i < size:
                raise EditError(f"{edit.name}: {axis}={i} is out of range; it runs from 0 to {size - 1}.")
        if numbers == []:
            raise EditError(f"{edit.name}: {axis}={chosen!r} selects nothing of 0 to {size - 1}.")
        lists.append([i % size for i in numbers] if isinstance(numbers, list) else numbers % size)
    # One index tensor an axis, shaped to broadcast against the others: nothing as large as the stage is made.
    kept = [i for i, n in enumerate(lists) if isinstance(n, list)]
    out = []
    for i, numbers in enumerate(lists):
        spread = [-1 if i == j else 1 for j in kept] if isinstance(numbers, list) else []
        out.append(torch.tensor(numbers).reshape(spread))
    return tuple(out)


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
            raise EditError(
                f"{edit.name} takes whole numbers from 0 to {limit - 1}; it was given {_short(edit.value)}."
            )


def _check_size(edit: Edit, dtype: torch.dtype) -> None:
    """Raises EditError for a finite number that would become infinite in the model's type."""
    if edit.value is None:
        return
    values = torch.as_tensor(edit.value, dtype=torch.float64)
    largest = torch.finfo(dtype).max
    if bool((values.isfinite() & (values.abs() > largest)).any()):
        raise EditError(
            f"{edit.name}: {_short(edit.value)} is too large; this model computes with numbers up to {largest:.6g}."
        )


def _broadcasts(shape: tuple[int, ...], part: tuple[int, ...]) -> bool:
    try:
        return tuple(torch.broadcast_shapes(shape, part)) == part
    except RuntimeError:
        return False


def _checked(name: str, axis: str, chosen: Any) -> Any:
    if hasattr(chosen, "tolist"):  # an array or a tensor
        chosen = chosen.tolist()
    if isinstance(chosen, slice):
        for bound in (chosen.start, chosen.stop, chosen.step):
            if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int)):
                raise EditError(f"{name}: {axis}={chosen!r} must be a slice of whole numbers.")
        if chosen.step == 0:
            raise EditError(f"{name}: {axis}={chosen!r} has step 0.")
        return chosen
    if isinstance(chosen, (list, tuple, range)):
        return list(dict.fromkeys(_int(name, axis, i) for i in chosen))
    return _int(name, axis, chosen)


def _int(name: str, axis: str, i: Any) -> int:
    if not isinstance(i, bool):
        try:
            return operator.index(i)
        except TypeError:
            pass
    raise EditError(f"{name}: {axis}={i!r} must be a whole number, a list of them, or a slice.")


def _value(name: str, op: str, value: Any, like: Any) -> Any:
    if like is not None:
        try:
            tensor = like[name]
        except KeyError as error:
            raise EditError(f"like= holds no tensor called {name!r}: {error}") from error
        except TypeError as error:
            raise EditError(f"like= takes a trace; it was given {_short(like)}.") from error
        if not isinstance(tensor, Tensor):
            raise EditError(f"like= takes a trace; its {name!r} is no tensor.")
        axes = like.stage(name).axes if hasattr(like, "stage") else tuple(f"axis{i}" for i in range(tensor.dim()))
        return tensor, axes
    if isinstance(value, bool):
        raise EditError(f"{op!r} takes a number; it was given {value!r}.")
    if isinstance(value, (int, float)):
        if isinstance(value, int) and abs(value) >= 2**63:
            raise EditError(f"{op!r} takes a number that fits into 64 bits; it was given one of {value.bit_length()}.")
        if value != value or (op != "set" and math.isinf(value)):
            raise EditError(f"{op!r} takes a finite number; it was given {value!r}.")
        return value
    try:
        tensor = value.detach().clone() if isinstance(value, Tensor) else torch.as_tensor(value).clone()
        if isinstance(value, (list, tuple)) and tensor.is_floating_point():
            tensor = torch.as_tensor(value, dtype=torch.float64)  # Python's numbers have more digits than float32
    except (TypeError, ValueError, RuntimeError) as error:
        raise EditError(f"{op!r} takes a number or an array of numbers; it was given {_short(value)}.") from error
    if tensor.dtype == torch.bool or tensor.is_complex() or torch.isnan(tensor.double()).any():
        raise EditError(f"{op!r} takes an array of real numbers without NaN.")
    if op in ("scale", "add") and torch.isinf(tensor.double()).any():
        raise EditError(f"{op!r} takes an array of finite numbers.")
    return tensor if tensor.dim() or op == "replace" else tensor.item()


def _short(value: Any) -> str:
    return f"an array of shape {tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)[:60]


def _near(name: str, plan: Plan) -> str:
    import difflib

    close = difflib.get_close_matches(name, list(plan.by_name), n=3)
    return f"; close to it: {', '.join(close)}" if close else ""
