"""How the model families that this app loads tell positions: asked of the files that load them."""

from __future__ import annotations

from functools import cache
from typing import Any

from model.checkpoints.families import supported
from model.checkpoints.reader import ConfigReader


class Usual(ConfigReader):
    """A config that says nothing but its sizes: all else is what the family's file takes for granted."""

    def need(self, key: str) -> Any:
        self.seen.add(key)
        return 32 if "head" in key or "layer" in key else 4096


@cache
def positions() -> dict[str, str]:
    """family -> the encoding it uses by default."""
    found = {name: file.config(Usual({}, name), set()) for name, file in supported().items()}
    return {name: (c.decoder or c.encoder).positional for name, c in found.items()}
