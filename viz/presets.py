"""What the walkthrough can be started from with one click, and traces of it that open at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import model
from model import Trace, shipped
from viz import pictures


@dataclass(frozen=True)
class Preset:
    """key: of its title, in the table `presets` of the catalogue; the others as the link has them.

    text   None for the model's own example
    under  key of the preset that this one is a variation of
    """

    key: str
    model: str
    text: str | None = None
    net: str = ""
    under: str = ""


def presets() -> list[Preset]:
    """In the order to show them."""
    text, swapped = shipped.TEXTS["smollm2"]
    return [
        Preset("sort", "sort"),
        Preset("smollm2", "smollm2", text),
        Preset("swapped", "smollm2", swapped, under="smollm2"),
        Preset("minilm", "minilm"),
        Preset("digits", "digits"),
        Preset("encoder_decoder", "scratch", net="architecture=encoder-decoder;positional=sinusoidal"),
    ]


@cache
def open_preset(name: str) -> Trace:
    """The trace of a model that opens at once: shipped, or of a built-in model on its own example.

    A shipped one has no network and rounded numbers. Raises CheckpointError for any other name.
    """
    if name in shipped.names():
        return shipped.open_shipped(name)
    found = model.load(name)
    if found.reads_pictures:
        return found.trace(features=pictures.features(found, None))
    return found.trace(str(found.card["example"]))
