"""Models on this machine besides those known by name: uploads, GGUF files opened before, and the hub's cache.

Only names, configs and headers are read, never weights; what cannot be read is left out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model.checkpoints import cache, files, hub, native
from model.checkpoints.gguf_convert import origin
from model.errors import CheckpointError

_MOST_HEADER = 16 << 20  # bytes


def uploads() -> Path:
    """Where the pages keep what was uploaded, each model in a folder of its own."""
    return cache.root() / "uploads"


def found() -> list[dict[str, Any]]:
    """A card for each: name (what `load` takes), title, family, source, and parameters where they are known."""
    return [*_uploaded(), *_opened(), *_from_hub()]


def _uploaded() -> Iterator[dict[str, Any]]:
    for folder in _folders(uploads()):
        gguf = next(iter(sorted(folder.glob("*.gguf"))), None)
        if gguf is not None:
            yield {"name": str(gguf), "title": gguf.name, "family": "GGUF", "source": "uploaded"}
        elif about := _about(folder):
            yield {**about, "name": str(folder), "title": f"Uploaded {about['family']}", "source": "uploaded"}


def _opened() -> Iterator[dict[str, Any]]:
    """GGUF files of which a converted copy is in the cache, and that are still where they were."""
    for folder in _folders(cache.root() / "converted"):
        file = origin(folder)
        if file is None or not file.is_file() or file.is_relative_to(cache.root()):
            continue
        try:
            card = files.read_json(folder / native.DESCRIPTION).get("card")
        except CheckpointError:
            continue
        known = card if isinstance(card, dict) else {}
        yield {
            "name": str(file), "title": str(known.get("name") or file.name), "family": str(known.get("family", "")),
            "source": str(file), "parameters": known.get("parameters"), "licence": known.get("licence"),
        }  # fmt: skip


def _from_hub() -> Iterator[dict[str, Any]]:
    for folder in _folders(hub.cache_folder()):
        kind, _, name = folder.name.partition("--")
        name = name.replace("--", "/", 1)
        if kind != "models" or not hub.is_id(name):
            continue
        for snapshot in _folders(folder / "snapshots"):
            if about := _about(snapshot):
                yield {**about, "name": f"{name}@{snapshot.name}", "title": name, "source": f"hub, {snapshot.name[:8]}"}


def _folders(place: Path) -> list[Path]:
    """Folders in a folder, without those that are still being written; none where it cannot be read."""
    try:
        return sorted(p for p in place.iterdir() if p.is_dir() and not p.name.startswith(".") and p.suffix != ".part")
    except OSError:
        return []


def _about(folder: Path) -> dict[str, Any] | None:
    """Family and parameters of a folder in Hugging Face layout; None when it is none."""
    weights = sorted(folder.glob("model*.safetensors"))
    try:
        family = files.read_json(folder / "config.json").get("model_type")
        return {"family": str(family), "parameters": sum(_numbers(w) for w in weights)} if weights else None
    except (CheckpointError, OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _numbers(path: Path) -> int:
    """How many numbers a safetensors file holds, by its header."""
    with files.inside(path).open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(min(size, _MOST_HEADER)))
    return sum(math.prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")
