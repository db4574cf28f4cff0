"""What may be said of the part and the number of an edit: whole numbers, arrays, tensors of another trace."""

from __future__ import annotations

import math
import operator
from typing import Any

import torch
from torch import Tensor

from model.errors import EditError


def place(name: str, axis: str, chosen: Any) -> Any:
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


def value_of(name: str, op: str, value: Any, like: Any) -> Any:
    if like is not None:
        try:
            tensor = like[name]
        except KeyError as error:
            raise EditError(f"like= holds no tensor called {name!r}: {error}") from error
        except TypeError as error:
            raise EditError(f"like= takes a trace; it was given {short(like)}.") from error
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
        raise EditError(f"{op!r} takes a number or an array of numbers; it was given {short(value)}.") from error
    if tensor.dtype == torch.bool or tensor.is_complex() or torch.isnan(tensor.double()).any():
        raise EditError(f"{op!r} takes an array of real numbers without NaN.")
    if op in ("scale", "add") and torch.isinf(tensor.double()).any():
        raise EditError(f"{op!r} takes an array of finite numbers.")
    return tensor if tensor.dim() or op == "replace" else tensor.item()


def short(value: Any) -> str:
    return f"an array of shape {tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)[:60]
