"""Models that come with the app: weights and a card in assets/weights, made by model.train."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from model.checkpoints.assemble import assemble, without_storage
from model.config import TransformerConfig
from model.errors import CheckpointError
from model.model import Model
from model.tokenizers import LetterTokenizer

WEIGHTS = Path(__file__).parents[2] / "assets" / "weights"


@cache
def names() -> list[str]:
    return sorted(card.stem for card in WEIGHTS.glob("*.json"))


def card(name: str) -> dict[str, Any]:
    """What there is to say about a built-in model. Raises CheckpointError when its card is missing or damaged."""
    try:
        given: dict[str, Any] = json.loads((WEIGHTS / f"{name}.json").read_text())
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error
    return {"source": "built in", "revision": None, **given}


def load(name: str, device: torch.device, dtype: torch.dtype | None) -> Model:
    """A built-in model. Raises CheckpointError when its files are missing or damaged."""
    given = card(name)
    try:
        tensors = load_file(WEIGHTS / f"{name}.safetensors")
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error
    network = without_storage(TransformerConfig.from_dict(given["config"]))
    assemble(network, tensors, device, dtype)
    return Model(network, LetterTokenizer(given["letters"]) if "letters" in given else None, given)


def pictures(given: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
    """([picture, row, column] 0 to 255, [picture] labels) that come with a model. Raises CheckpointError."""
    try:
        found = load_file(WEIGHTS / str(given["pictures"]))
    except (OSError, ValueError) as error:
        raise _unreadable(str(given["name"]), error) from error
    return found["levels"], found["labels"].long()


def _unreadable(name: str, error: Exception) -> CheckpointError:
    return CheckpointError(
        f"built-in model {name!r} cannot be read: {error}. `python -m model.train {name}` makes it anew."
    )
