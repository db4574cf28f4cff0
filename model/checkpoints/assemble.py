"""Putting tensors into a network that was built without storage."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from model.checkpoints.cache import Progress, silent
from model.config import TransformerConfig
from model.errors import CheckpointError
from model.transformer import Transformer


def without_storage(config: TransformerConfig) -> Transformer:
    """A network whose parameters have shapes and nothing else.

    The config is made before: arithmetic on the meta device makes torch import its compiler, which takes a second.
    """
    with torch.device("meta"):
        return Transformer(config)


def assemble(
    network: Transformer,
    tensors: Mapping[str, Tensor],
    device: torch.device,
    dtype: torch.dtype | None,
    progress: Progress = silent,
) -> None:
    """Gives each parameter its tensor, by parameter path. Raises CheckpointError when one is missing, left over,
    of another shape, or not of numbers."""
    wanted = dict(network.named_parameters())
    if missing := sorted(set(wanted) - set(tensors)):
        raise CheckpointError(f"the weights lack {missing[0]} (and {len(missing) - 1} more); the file is incomplete.")
    if extra := sorted(set(tensors) - set(wanted)):
        raise CheckpointError(f"the weights hold {extra[0]}, which this model has no place for.")
    for done, (path, parameter) in enumerate(wanted.items()):
        progress(done / len(wanted), "reading the weights")
        tensor = tensors[path]
        if tensor.shape != parameter.shape:
            raise CheckpointError(
                f"{path} has shape {tuple(tensor.shape)} in the file; the config says {tuple(parameter.shape)}."
            )
        if not tensor.dtype.is_floating_point:
            raise CheckpointError(f"{path} is stored as {tensor.dtype}, not as floating-point numbers.")
        owner, _, local = path.rpartition(".")
        ready = tensor.to(device=device, dtype=dtype or tensor.dtype).contiguous()
        setattr(network.get_submodule(owner), local, nn.Parameter(ready, requires_grad=False))
    progress(1.0, "reading the weights")
    network.share()
    network.eval()
