"""Loading: built-in models and Hugging Face folders. One file a source family; never pickle, never remote code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from model.checkpoints import builtin, folder
from model.errors import CheckpointError
from model.model import Model


def available() -> list[str]:
    """Names that `load` knows without a path, in the order to show them."""
    return builtin.names()


def load(
    source: str | Path, *, device: str | torch.device = "auto", dtype: torch.dtype | None = torch.float32
) -> Model:
    """A model by built-in name, or from a folder in Hugging Face layout.

    device  "auto" takes CUDA where there is one
    dtype   of the weights; None keeps the file's own

    Raises CheckpointError, with what was found, what is supported and how to convert.
    """
    place = _device(device)
    if dtype is not None and not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise CheckpointError(
            f"dtype={dtype} is not a floating-point type; choose float32, float64, float16 or bfloat16."
        )
    if isinstance(source, str) and source in builtin.names():
        return builtin.load(source, place, dtype)
    if not isinstance(source, (str, os.PathLike)):
        raise CheckpointError(f"load takes a name or a folder; it was given {source!r}.")
    try:
        path = Path(source).expanduser()
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, RuntimeError) as error:  # a name too long, a home that does not exist
        raise CheckpointError(f"{str(source)[:80]!r} is no model and no folder: {error}.") from error
    if is_folder:
        return folder.load(path, place, dtype)
    if is_file:
        raise CheckpointError(_why_not(path))
    raise CheckpointError(
        f"no model is called {str(source)!r}: it is no built-in model ({', '.join(builtin.names())}) "
        f"and no folder on this machine."
    )


def _device(device: Any) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        place = torch.device(device)
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError, TypeError) as error:
        raise CheckpointError(f"device={device!r} cannot be used: {str(error).splitlines()[0]}") from error
    return place


def _why_not(path: Path) -> str:
    if path.suffix in (".bin", ".pt", ".pth", ".ckpt", ".pkl"):
        return f"{path.name} is a pickle, which can run code when opened, so it is never read. {folder.CONVERT}"
    return f"{path.name} is a single file; give the folder that holds config.json and model.safetensors."


__all__: list[Any] = ["available", "load"]
