"""A .gguf file, converted once to our own layout in the cache and mapped into memory from then on."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.checkpoints import cache, gguf_families, gguf_tokenizer, native
from model.checkpoints.cache import Progress, part, silent
from model.checkpoints.gguf_file import GGUFFile
from model.checkpoints.recipe import Recipe, recipe
from model.errors import CheckpointError
from model.model import Model

_ORIGIN = "made_from.txt"
_VERSION = 1  # of the conversion; a change makes old results unused


def load(
    path: Path,
    device: torch.device,
    dtype: torch.dtype | None,
    progress: Progress = silent,
    card: dict[str, Any] | None = None,
) -> Model:
    """The model in a file. `card` adds to what the file itself says. Raises CheckpointError."""
    more = {"source": str(path), "original": str(path), **(card or {})}
    converting, reading = part(progress, 0, 0.9), part(progress, 0.9, 1)
    try:
        return native.load(convert(path, converting), device, dtype, more, reading)
    except CheckpointError:
        if not place(path).is_dir():
            raise
        # The machine may have gone down while the copy was written. The original is still there.
        shutil.rmtree(place(path), ignore_errors=True)
        return native.load(convert(path, converting), device, dtype, more, reading)


def place(path: Path) -> Path:
    """Where the converted file is, or will be: a changed file has another place."""
    try:
        about = path.stat()
        with path.open("rb") as file:
            start = hashlib.sha256(file.read(1 << 16)).hexdigest()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}.") from error
    key = json.dumps([_VERSION, str(path.resolve()), about.st_size, about.st_mtime_ns, start])
    return cache.root() / "converted" / f"{path.stem[:40]}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def convert(path: Path, progress: Progress = silent) -> Path:
    """The folder that the file was converted to, now or earlier. Raises CheckpointError."""
    final = place(path)
    if final.is_dir():
        return final
    with cache.lock(final.name, progress):
        if not final.is_dir():
            _convert(path, final, progress)
    return final


def _convert(path: Path, final: Path, progress: Progress) -> None:
    progress(0.0, f"reading {path.name}")
    file = GGUFFile(path)
    family = gguf_families.family_of(file)
    config = gguf_families.config_of(file, family)
    names = gguf_families.names_of(file, family)
    made = recipe(config, set(names), path.name)
    card = {
        "name": _text(file, "general.name") or path.stem,
        "family": made.family,
        "revision": _text(file, "general.version"),
        "licence": _text(file, "general.license"),
        "eos_token_id": gguf_tokenizer.ends(file),
        "format": ", ".join(sorted({file.format(name).name for name in file.tensors})),
        "unused_weights": list(made.unused),
        "parameters": made.network.n_parameters,
    }
    tokenizer, note = gguf_tokenizer.build(file)
    if note:
        card["tokenizer_note"] = note
    with cache.staging(final, native.size(made.network)) as folder:
        if tokenizer is not None:
            gguf_tokenizer.save(tokenizer, file, folder)
        native.save(made.network, _tensors(file, family, names, made, config, progress), card, folder)
        (folder / _ORIGIN).write_text(str(path.resolve()), encoding="utf-8")
    _sweep(final, str(path.resolve()))
    progress(1.0, f"converted {path.name}")


def _sweep(final: Path, here: str) -> None:
    """Removes what was made of files that are gone (an upload, say) or have changed since: copies are large.

    Whoever has such a copy mapped keeps it: a removed file lives until it is closed.
    """
    for other in final.parent.iterdir():
        made_of = origin(other)
        if made_of is not None and other != final and (str(made_of) == here or not made_of.is_file()):
            shutil.rmtree(other, ignore_errors=True)


def origin(folder: Path) -> Path | None:
    """The file that a folder in the cache was made from; None while it is being written, or when it was removed."""
    try:
        return Path((folder / _ORIGIN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _tensors(
    file: GGUFFile,
    family: gguf_families.GGUFFamily,
    names: dict[str, str],
    made: Recipe,
    config: dict[str, Any],
    progress: Progress,
) -> Iterator[tuple[str, Tensor]]:
    last: tuple[str, Tensor] | None = None

    def read(key: str) -> Tensor:
        nonlocal last
        if last is None or last[0] != key:  # GPT-2's three projections come from one tensor
            name = names[key]
            tensor = torch.from_numpy(file.read(name).copy())
            try:
                last = key, family.undo(name, tensor, config)
            except (RuntimeError, ValueError, ZeroDivisionError) as error:
                shape = tuple(tensor.shape)
                raise CheckpointError(
                    f"{file.path.name}: {name} has shape {shape}, which does not fit the config."
                ) from error
        return last[1]

    for done, item in enumerate(made.made(read)):
        progress(done / len(made.steps), f"converting {file.path.name}")
        yield item


def _text(file: GGUFFile, key: str) -> str | None:
    value = file.metadata.get(key)
    return value if isinstance(value, str) else None
