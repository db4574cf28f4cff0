"""Uploaded models: checked by name and size before they are read, kept in the cache under their content's hash."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from model import CheckpointError
from model.checkpoints import shelf

# Streamlit refuses larger ones while they come in: server.maxUploadSize in .streamlit/config.toml, the same number.
MOST_MB = 500
NAMES = (
    "config.json", "model.safetensors", "model.safetensors.index.json", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", "preprocessor_config.json", "generation_config.json", "vocab.json", "vocab.txt",
    "merges.txt",
)  # fmt: skip


class Upload(Protocol):
    """What Streamlit hands over."""

    name: str

    @property
    def size(self) -> int: ...

    def getbuffer(self) -> memoryview: ...


def save(files: Sequence[Upload]) -> Path:
    """The folder, or the .gguf file, that `model.load` can open. Raises CheckpointError in words.

    Either one .gguf, or config.json with model.safetensors (or its shards and their index) and tokenizer files.
    """
    names = [file.name for file in files]
    total = sum(file.size for file in files)
    if total > MOST_MB << 20:
        raise CheckpointError(f"these files are {total / 2**20:,.0f} MB; at most {MOST_MB} MB can be uploaded.")
    gguf = [name for name in names if name.lower().endswith(".gguf")]
    if gguf and len(names) > 1:
        raise CheckpointError(f"{gguf[0]} is a model by itself; upload it alone.")
    for name in names:
        if Path(name).name != name or not (name in NAMES or name.endswith(".safetensors") or gguf):
            raise CheckpointError(f"{name[:80]!r} is not a file of a model; known: {', '.join(NAMES)}, or one .gguf.")
    if not gguf and "config.json" not in names:
        raise CheckpointError("config.json is missing; upload it together with model.safetensors.")
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda f: f.name):
        digest.update(file.name.encode() + b"\0")
        digest.update(file.getbuffer())
    place = shelf.uploads() / digest.hexdigest()[:24]
    if not place.is_dir():
        partial = place.with_name(place.name + ".part")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for file in files:
            (partial / file.name).write_bytes(file.getbuffer())
        partial.rename(place)  # only a whole upload ever has the final name
    return place / gguf[0] if gguf else place


def is_upload(name: str) -> bool:
    """Whether a model's name is the place of an upload."""
    return Path(name).is_absolute() and shelf.uploads() in Path(name).parents


def remove(name: str) -> None:
    """Deletes an upload by its name; whoever has it open keeps it until then."""
    if is_upload(name):
        shutil.rmtree(shelf.uploads() / Path(name).relative_to(shelf.uploads()).parts[0], ignore_errors=True)
