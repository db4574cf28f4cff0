"""Steps of the story as a test asks for them: their numbers, pictures and the networks they quote."""

from __future__ import annotations

from typing import Any

from model.train import positions_table
from model.transformer import Transformer
from viz.positions.story import BY_KEY
from viz.positions.story.base import Told


def told(key: str, **chosen: object) -> Told:
    step = BY_KEY[key]
    return step.tell(**{c.key: c.value for c in step.controls} | chosen)


def numbers(key: str, **chosen: object) -> dict[str, str]:
    return dict(told(key, **chosen).numbers)


def panel(key: str, which: str, **chosen: object) -> Any:
    return next(p for p in told(key, **chosen).panels if p.id == which)


def all_of(key: str, **chosen: object) -> list[Any]:
    return list(told(key, **chosen).panels)


def trained(name: str) -> Transformer:
    return positions_table.load(name).network
