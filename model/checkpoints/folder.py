"""A folder in Hugging Face layout: config.json, safetensors (one file, or shards with an index), tokenizer files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.checkpoints import families
from model.checkpoints.assemble import assemble
from model.checkpoints.reader import ConfigReader
from model.errors import CheckpointError
from model.model import Model
from model.tokenizers import FileTokenizer
from model.transformer import Transformer

CONVERT = (
    "Convert it once with transformers, on a machine where you trust the file: "
    "AutoModelForCausalLM.from_pretrained(folder).save_pretrained(new_folder)."
)
_LARGEST_JSON = 16 << 20


def load(path: Path, device: torch.device, dtype: torch.dtype | None) -> Model:
    """The model in a folder. Raises CheckpointError naming what is missing, unsupported or damaged."""
    given = read_json(path / "config.json")
    family = families.find(given)
    reader = ConfigReader(given, family.FAMILY)
    tensors = open_tensors(path)
    config = family.config(reader, set(tensors))
    reader.refuse_unknown()
    with torch.device("meta"):
        network = Transformer(config)
    ours = {}
    rest = dict(tensors)
    for name, source in family.weights(config, set(tensors)):
        if source.key not in tensors:
            raise CheckpointError(
                f"{path.name}: the weights lack {source.key}, which a {family.FAMILY} of this config needs."
            )
        try:
            ours[name] = source.take(tensors[source.key])
        except (RuntimeError, ValueError, IndexError) as error:
            shape = tuple(tensors[source.key].shape)
            raise CheckpointError(
                f"{path.name}: {source.key} has shape {shape}, which does not fit the config ({error})."
            ) from error
        rest.pop(source.key, None)
    left = [key for key in rest if not family.unused(key, config)]
    if left:
        raise CheckpointError(
            f"{path.name}: {left[0]} (and {len(left) - 1} more) in the weights has no place in a {family.FAMILY}."
        )
    assemble(network, ours, device, dtype)
    card = {
        "name": path.name,
        "family": family.FAMILY,
        "source": str(path),
        "unused_weights": sorted(rest),
        "parameters": network.n_parameters,
    }
    return Model(network, FileTokenizer.from_folder(path), card)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object. Raises CheckpointError when it is missing, too large or damaged."""
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise CheckpointError(f"{path.name} is {path.stat().st_size:,} bytes; at most {_LARGEST_JSON:,} are read.")
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(f"{path.parent} has no {path.name}; give a folder in Hugging Face layout.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path.name} cannot be read as JSON: {error}.") from error
    if not isinstance(data, dict):
        raise CheckpointError(f"{path.name} holds a {type(data).__name__}; it must be a JSON object.")
    return data


def open_tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of the folder's safetensors, memory-mapped."""
    index, single = path / "model.safetensors.index.json", path / "model.safetensors"
    if index.is_file():
        places = read_json(index).get("weight_map")
        if not isinstance(places, dict) or not all(isinstance(v, str) for v in places.values()):
            raise CheckpointError(f"{index.name} has no weight_map of names to files.")
        tensors: dict[str, Tensor] = {}
        for shard in sorted(set(places.values())):
            if Path(shard).name != shard or not shard.endswith(".safetensors"):
                raise CheckpointError(
                    f"{index.name} names {shard!r}; shards must be safetensors files inside the folder."
                )
            tensors |= _open(path / shard)
        return tensors
    if single.is_file():
        return _open(single)
    pickled = sorted(p.name for p in path.iterdir() if p.suffix in (".bin", ".pt", ".pth"))
    if pickled:
        raise CheckpointError(
            f"{path.name} has only {pickled[0]}, a pickle, which can run code when opened, so it is never read. "
            f"{CONVERT}"
        )
    raise CheckpointError(f"{path.name} has no model.safetensors; give a folder in Hugging Face layout.")


def _open(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path.parent.name} lacks the shard {path.name}.") from error
    except (OSError, SafetensorError, ValueError) as error:
        raise CheckpointError(f"{path.name} is not a readable safetensors file: {error}.") from error
