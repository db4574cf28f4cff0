"""Our own layout: glassformer.json (config, card), model.safetensors by our parameter paths, the tokenizer's files.

Tensors lie in the file exactly as the network keeps them, so opening such a folder copies nothing: the weights are
the file itself, mapped into memory and shared by all processes that open it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.checkpoints import files
from model.checkpoints.assemble import assemble, without_storage
from model.checkpoints.cache import Progress, silent
from model.checkpoints.tokenizer_files import open_tokenizer
from model.config import TransformerConfig
from model.errors import CheckpointError, ConfigError
from model.model import Model
from model.transformer import Transformer

DESCRIPTION = "glassformer.json"
_ALIGN = 64  # so that each tensor starts on a cache line


def is_native(folder: Path) -> bool:
    return (folder / DESCRIPTION).is_file()


def size(network: Transformer) -> int:
    """Bytes that `save` will write, nearly."""
    return sum(4 * p.numel() + _ALIGN for p in network.parameters()) + (1 << 20)


def save(network: Transformer, tensors: Iterable[tuple[str, Tensor]], card: dict[str, Any], folder: Path) -> None:
    """Writes description and weights as float32, one tensor at a time: the whole model need not fit in memory.

    network   on the meta device, for the shapes
    tensors   (parameter path, tensor) for every parameter, in any order

    Raises CheckpointError when a tensor has another shape than the network wants.
    """
    header: dict[str, Any] = {}
    at = 0
    for path, parameter in network.named_parameters():
        end = at + 4 * parameter.numel()
        header[path] = {"dtype": "F32", "shape": list(parameter.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % _ALIGN)
    written = set()
    with (folder / "model.safetensors").open("wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        start = out.tell()
        for path, tensor in tensors:
            wanted = header.get(path)
            if wanted is None or list(tensor.shape) != wanted["shape"]:
                raise CheckpointError(
                    f"{path} has shape {tuple(tensor.shape)} in the file; the config says "
                    f"{tuple(wanted['shape']) if wanted else 'there is none'}."
                )
            out.seek(start + wanted["data_offsets"][0])
            out.write(tensor.to(torch.float32).contiguous().numpy().data)
            written.add(path)
    if missing := sorted(set(header) - written):
        raise CheckpointError(f"the weights lack {missing[0]} (and {len(missing) - 1} more); the file is incomplete.")
    description = {"format": 1, "config": network.config.to_dict(), "card": card}
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=1))


def load(
    folder: Path,
    device: torch.device,
    dtype: torch.dtype | None,
    more: dict[str, Any] | None = None,
    progress: Progress = silent,
) -> Model:
    """`more` adds to the card. Raises CheckpointError when the folder is damaged."""
    given = files.read_json(folder / DESCRIPTION)
    card = given.get("card")
    try:
        config = TransformerConfig.from_dict(given["config"])
    except (KeyError, TypeError, AttributeError, ConfigError) as error:
        raise CheckpointError(f"{folder / DESCRIPTION} is damaged: {error}. Delete its folder.") from error
    network = without_storage(config)
    assemble(network, files.open_tensors(folder), device, dtype, progress)
    return Model(network, open_tokenizer(folder), {**(card if isinstance(card, dict) else {}), **(more or {})})
