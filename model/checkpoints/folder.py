"""A folder in Hugging Face layout: config.json, safetensors (one file, or shards with an index), tokenizer files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.checkpoints import files, native, picture_files
from model.checkpoints.assemble import assemble
from model.checkpoints.cache import Progress, part, silent
from model.checkpoints.recipe import recipe
from model.checkpoints.tokenizer_files import open_tokenizer
from model.errors import CheckpointError
from model.model import Model


def load(
    path: Path,
    device: torch.device,
    dtype: torch.dtype | None,
    card: dict[str, Any] | None = None,
    progress: Progress = silent,
) -> Model:
    """The model in a folder. `card` adds to what the folder itself says.

    Raises CheckpointError naming what is missing, unsupported or damaged.
    """
    if native.is_native(path):
        return native.load(path, device, dtype, card, progress)
    given = files.read_json(path / "config.json")
    tensors = files.open_tensors(path)
    made = recipe(given, set(tensors), path.name)
    arranged = dict(counted(made.made(tensors.__getitem__), len(made.steps), part(progress, 0, 0.5)))
    assemble(made.network, arranged, device, dtype, part(progress, 0.5, 1))
    found: dict[str, Any] = {
        "name": path.name,
        "family": made.family,
        "source": str(path),
        "original": str(path),
        **ends(path, given),
        "revision": _text(given.get("_commit_hash")),
        "unused_weights": list(made.unused),
        "parameters": made.network.n_parameters,
    }
    words: dict[str, Any] = {"labels": picture_files.labels(given, made.network.config)}
    words |= {"processor": picture_files.open_processor(path, made.network.config)}
    found |= {key: value for key, value in words.items() if value is not None}
    tokenizer = open_tokenizer(path)
    if tokenizer is None and (unread := sorted(p.name for p in path.iterdir() if p.suffix in (".model", ".spm"))):
        found["tokenizer_note"] = (
            f"{unread[0]} alone is not read, so this model takes ids only. To give it text, save its tokenizer as "
            f"tokenizer.json: AutoTokenizer.from_pretrained(folder).save_pretrained(folder)."
        )
    return Model(made.network, tokenizer, {**found, **(card or {})})


def counted(made: Iterator[tuple[str, Tensor]], total: int, progress: Progress) -> Iterator[tuple[str, Tensor]]:
    """The same tensors, with progress after each."""
    for done, item in enumerate(made):
        progress(done / total, "arranging the weights")
        yield item


def ends(path: Path, config: dict[str, Any]) -> dict[str, Any]:
    """The ids that end what the model writes, one or several, and the one that its decoder starts with.

    As generation_config.json says, as in Hugging Face's `generate`; where it is silent, as config.json does.
    """
    said = path / "generation_config.json"
    places = ((said.name, files.read_json(said) if said.is_file() else {}), ("config.json", config))
    found: dict[str, Any] = {}
    for key in ("eos_token_id", "decoder_start_token_id"):
        name, value = next(((name, given[key]) for name, given in places if given.get(key) is not None), ("", None))
        if key == "eos_token_id" and isinstance(value, list):
            if not all(map(_is_id, value)):
                raise CheckpointError(f"{path.name}: {name} says {key}={value!r}; a list of them holds ids alone.")
        elif value is not None and not _is_id(value):
            raise CheckpointError(f"{path.name}: {name} says {key}={value!r}; it must be an id, a whole number.")
        found[key] = value
    return found


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def why_not(path: Path) -> CheckpointError:
    """What to say about a single file that is no GGUF."""
    if path.suffix in files.PICKLES:
        return CheckpointError(
            f"{path.name} is a pickle, which can run code when opened, so it is never read. {files.CONVERT}"
        )
    return CheckpointError(
        f"{path.name} is a single file and no .gguf; give the folder that holds config.json and model.safetensors."
    )
