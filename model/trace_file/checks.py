"""What a trace in a file must keep to, so that nothing after it fails or shows what no model computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.errors import CheckpointError
from model.inputs import vocabularies
from model.plan import Plan

if TYPE_CHECKING:
    from model.transformer import Transformer


def check(plan: Plan, tensors: dict[str, Tensor], changed: frozenset[str]) -> None:
    if len(plan.by_name) != len(plan.stages):
        raise CheckpointError("two stages in the file have one name.")
    for name, tensor in tensors.items():
        stage = plan.by_name.get(name)
        if stage is None:
            raise CheckpointError(f"the file holds a tensor {name!r} that is no stage of it.")
        if tuple(tensor.shape) != stage.shape:
            raise CheckpointError(
                f"{name} has shape {tuple(tensor.shape)} in the file, but its stage says {stage.shape}."
            )
        if tensor.dtype.is_floating_point == (stage.kind in ("index", "count")):
            raise CheckpointError(
                f"{name} holds {tensor.dtype} in the file, which does not fit its kind, {stage.kind}."
            )
    before: set[str] = set()
    for stage in plan.stages:
        if len(stage.axes) != len(stage.shape) or min(stage.shape, default=1) < 0:
            raise CheckpointError(f"{stage.name} has axes {stage.axes}, but its shape is {stage.shape}.")
        if stage.same_as is not None and stage.same_as not in before:
            raise CheckpointError(
                f"{stage.name} is said to be the same as {stage.same_as!r}, which is no stage before it."
            )
        before.add(stage.name)
    unknown = changed - plan.names
    if unknown:
        raise CheckpointError(f"the file says that {sorted(unknown)[0]!r} was edited, which is no stage of it.")


def check_numbers(plan: Plan, values: dict[str, Tensor], network: Transformer) -> None:
    """Raises CheckpointError for types and ids that the model could not have computed with."""
    limits, dtype = vocabularies(network.config), network.dtype
    for name, tensor in values.items():
        stage = plan.by_name[name]
        if stage.kind in ("index", "count"):
            limit = 2 if stage.kind == "count" else limits[name]
            if tensor.dtype != torch.int64 or not bool(((tensor >= 0) & (tensor < limit)).all()):
                raise CheckpointError(f"{name} must hold whole numbers from 0 to {limit - 1}.")
            continue
        wide = dtype.itemsize == 2 and name.rpartition(".")[2] in ("mean", "scale")
        if tensor.dtype != (torch.float32 if wide else dtype):
            raise CheckpointError(f"{name} holds {tensor.dtype} in the file; the model computes in {dtype}.")
