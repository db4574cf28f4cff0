"""Reading the files of a folder somebody else made: JSON and safetensors, within the folder and within bounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import Tensor

from model.errors import CheckpointError

CONVERT = (
    "Convert it once with transformers, on a machine where you trust the file: "
    "AutoModelForCausalLM.from_pretrained(folder).save_pretrained(new_folder)."
)
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_LARGEST_JSON = 16 << 20
_LARGEST_HEADER = 16 << 20  # of a safetensors file: 100,000 tensors and more


def inside(path: Path) -> Path:
    """The file itself. Raises CheckpointError when a link leads out of its folder.

    The hub's cache links from snapshots/REVISION/ to blobs/ beside it; that counts as inside.
    """
    try:
        folder, real = path.parent.resolve(), path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # links in a circle
        raise CheckpointError(f"{path.name} cannot be found: {error}.") from error
    allowed = [folder]
    if folder.parent.name == "snapshots":
        allowed.append(folder.parent.parent / "blobs")
    if not any(real.is_relative_to(place) for place in allowed):
        raise CheckpointError(f"{path.name} is a link to a place outside of {path.parent.name}; it is not followed.")
    return real


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object. Raises CheckpointError when it is missing, too large or damaged."""
    try:
        real = inside(path)
        if real.stat().st_size > _LARGEST_JSON:
            raise CheckpointError(f"{path.name} is {real.stat().st_size:,} bytes; at most {_LARGEST_JSON:,} are read.")
        data = json.loads(real.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(f"{path.parent} has no {path.name}; give a folder in Hugging Face layout.") from error
    except CheckpointError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.name} cannot be read as JSON: {error}.") from error
    if not isinstance(data, dict):
        raise CheckpointError(f"{path.name} holds a {type(data).__name__}; it must be a JSON object.")
    return data


def open_tensors(folder: Path) -> dict[str, Tensor]:
    """Every tensor of the folder's safetensors, memory-mapped: nothing is read before it is used."""
    index, single = folder / "model.safetensors.index.json", folder / "model.safetensors"
    if single.is_file():
        return _open(single)
    if index.is_file():
        return _open_shards(folder, index)
    pickled = sorted(p.name for p in folder.iterdir() if p.suffix in PICKLES)
    if pickled:
        raise CheckpointError(
            f"{folder.name} has only {pickled[0]}, a pickle, which can run code when opened, so it is never read. "
            f"{CONVERT}"
        )
    raise CheckpointError(f"{folder.name} has no model.safetensors; give a folder in Hugging Face layout.")


def _open_shards(folder: Path, index: Path) -> dict[str, Tensor]:
    places = read_json(index).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(v, str) for v in places.values()):
        raise CheckpointError(f"{index.name} has no weight_map of names to files.")
    tensors: dict[str, Tensor] = {}
    for shard in sorted(set(places.values())):
        if Path(shard).name != shard or not shard.endswith(".safetensors"):
            raise CheckpointError(f"{index.name} names {shard!r}; shards must be safetensors files inside the folder.")
        found = _open(folder / shard)
        if twice := tensors.keys() & found.keys():
            raise CheckpointError(f"{folder.name}: {min(twice)} is in {shard} and in another shard.")
        tensors |= found
    if missing := sorted(places.keys() - tensors.keys()):
        raise CheckpointError(f"{index.name} promises {missing[0]}, which is not in {places[missing[0]]}.")
    return tensors


def _open(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        real = inside(path)
        with real.open("rb") as file:
            header = int.from_bytes(file.read(8), "little")
        if header > min(_LARGEST_HEADER, real.stat().st_size):
            raise CheckpointError(
                f"{path.name} is not a readable safetensors file: it declares a header of {header:,} bytes."
            )
        return load_file(real)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path.parent.name} lacks the shard {path.name}.") from error
    except CheckpointError:
        raise
    except (OSError, SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise CheckpointError(f"{path.name} is not a readable safetensors file: {error}.") from error
