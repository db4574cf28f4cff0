"""The patches of a picture as tokens: where each lies, what it is called, what it shows."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from model import StackConfig, Trace
from viz.pictures import url
from viz.prose import Catalogue

INPUT = "features"  # the stage that a picture comes in as
CLS = "[CLS]"


@dataclass(frozen=True)
class Grid:
    """rows, columns   of patches
    high, wide      pixels of a patch
    first           tokens before the first patch
    """

    rows: int
    columns: int
    high: int
    wide: int
    first: int

    @property
    def pieces(self) -> list[str]:
        """A short name of each token, the same in every language: row and column, counted from 0."""
        places = [f"r{row} c{column}" for row in range(self.rows) for column in range(self.columns)]
        return [CLS] * self.first + places

    def names(self, said: Catalogue) -> list[str]:
        """The same in words."""
        places = [(row, column) for row in range(self.rows) for column in range(self.columns)]
        return [CLS] * self.first + [said.text("words", "patch", row=r, column=c) for r, c in places]


def of(trace: Trace) -> Grid | None:
    """The patches of a trace; None where it read tokens."""
    if INPUT not in trace:
        return None
    config = trace.network.config.encoder if trace.network is not None else StackConfig(**trace.config["encoder"])
    assert config is not None
    return grid(config)


def grid(config: StackConfig) -> Grid | None:
    if config.image is None:
        return None
    (_, height, width), (high, wide) = config.image, config.patch_size
    return Grid(height // high, width // wide, high, wide, int(config.cls_token))


def picture(trace: Trace) -> str:
    """The picture at the model's size, as a data URL of a PNG."""
    return url(levels_of(trace))


def levels_of(trace: Trace) -> torch.Tensor:
    """[channel, row, column] 0 to 255. Where nobody says how pixels became numbers, the least of them is black."""
    features = trace[INPUT].cpu()
    processor = None if trace.model is None else trace.model.processor
    if processor is not None:
        return processor.shown(features)
    features = features.float()
    low, high = features.min(), features.max()
    return ((features - low) / (high - low).clamp(min=1e-12) * 255).round().to(torch.uint8)
