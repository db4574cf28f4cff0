"""Models that come with the app: weights and a card in assets/weights, made by model.train."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from model.checkpoints.assemble import assemble
from model.config import TransformerConfig
from model.errors import CheckpointError
from model.model import Model
from model.tokenizers import LetterTokenizer
from model.transformer import Transformer

WEIGHTS = Path(__file__).parents[2] / "assets" / "weights"


@cache
def names() -> list[str]:
    return sorted(card.stem for card in WEIGHTS.glob("*.json"))


def load(name: str, device: torch.device, dtype: torch.dtype | None) -> Model:
    """A built-in model. Raises CheckpointError when its files are missing or damaged."""
    try:
        card: dict[str, Any] = json.loads((WEIGHTS / f"{name}.json").read_text())
        tensors = load_file(WEIGHTS / f"{name}.safetensors")
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"built-in model {name!r} cannot be read: {error}. `make train` makes it anew."
        ) from error
    with torch.device("meta"):
        network = Transformer(TransformerConfig.from_dict(card["config"]))
    assemble(network, tensors, device, dtype)
    return Model(network, LetterTokenizer(card["letters"]), card)
