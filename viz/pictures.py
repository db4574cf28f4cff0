"""Pictures to start from: those that come with a model, or one that is made up for a model that has none."""

from __future__ import annotations

import base64
import io
from functools import cache

import torch
from PIL import Image
from torch import Tensor

import model
from model import InputError
from model.checkpoints import builtin
from model.pictures import Processor

EACH = 2  # of every label, in the gallery
WRONG = 4  # at most, of those that the model takes for another


@cache
def shipped(name: str) -> tuple[Tensor, Tensor]:
    """([picture, row, column] 0 to 255, [picture] labels) of a built-in model."""
    return builtin.pictures(builtin.card(name))


def has_own(m: model.Model) -> bool:
    return "pictures" in m.card


def levels(m: model.Model, number: int | None) -> Tensor:
    """[channel, row, column] 0 to 255 of a shipped picture; None for the first. Raises InputError for any other."""
    if not has_own(m):
        if number:
            raise InputError(f"there is no picture {number}: no pictures come with this model.")
        return made_up(m.config.image)
    found, _ = shipped(m.card["name"])
    number = gallery(m.card["name"])[0] if number is None else number
    if not 0 <= number < len(found):
        raise InputError(
            f"there is no picture {number}; those that come with this model run from 0 to {len(found) - 1}."
        )
    return found[number][None]


def features(m: model.Model, number: int | None) -> Tensor:
    """The same as the model takes it."""
    return processor(m).features(levels(m, number))


def processor(m: model.Model) -> Processor:
    """How this model's pixels come about; where nobody says it, they run from 0 to 1."""
    return m.processor or Processor(m.config.image, mean=(0.0,), spread=(1.0,))


def made_up(image: tuple[int, int, int]) -> Tensor:
    """A bright disc on a ramp: something to look at where no picture comes with a model."""
    channels, height, width = image
    y, x = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    ramp = torch.stack([((x * (c + 1) + y) / (c + 2) + 1) / 4 for c in range(channels)])
    return torch.where(x**2 + y**2 < 0.4, 1 - ramp, ramp).mul(255).round().to(torch.uint8)


@cache
def gallery(name: str) -> tuple[int, ...]:
    """Numbers of pictures to offer: some of every label in order, then some that the trained model gets wrong."""
    found, labels = shipped(name)
    m = model.load(name)
    places = torch.arange(m.config.n_ctx)
    with torch.no_grad():
        answers = m.network(places, features=processor(m).features(found[:, None])).argmax(-1)
    right = answers == labels
    good = [int(i) for label in labels.unique() for i in ((labels == label) & right).nonzero()[:EACH, 0]]
    return (*good, *(~right).nonzero()[:WRONG, 0].tolist())


def url(levels: Tensor) -> str:
    """[channel, row, column] 0 to 255 as the data URL of a PNG."""
    if len(levels) not in (1, 3):  # neither grey nor red, green and blue
        levels = levels.float().mean(dim=0, keepdim=True).to(torch.uint8)
    held = io.BytesIO()
    Image.fromarray(levels.permute(1, 2, 0).squeeze(-1).contiguous().numpy()).save(held, "PNG")
    return "data:image/png;base64," + base64.b64encode(held.getvalue()).decode()
