"""Source families. One file each: FAMILY, config(reader, keys), weights(config, keys), unused(key, config)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Any, Protocol

from model.checkpoints.reader import ConfigReader, Source
from model.config import TransformerConfig
from model.errors import CheckpointError


class Family(Protocol):
    """What a family's file offers."""

    FAMILY: str

    def config(self, reader: ConfigReader, keys: set[str]) -> TransformerConfig: ...

    def weights(self, config: TransformerConfig, keys: set[str]) -> Iterator[tuple[str, Source]]:
        """(path of our parameter, where it comes from) for every parameter."""
        ...

    def unused(self, key: str, config: TransformerConfig) -> bool:
        """Whether a weight in the file is left out on purpose."""
        ...


@cache
def supported() -> dict[str, Any]:
    """model_type -> file."""
    files = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    return {file.FAMILY: file for file in files}


def find(given: dict[str, Any]) -> Family:
    """The family of a config. Raises CheckpointError naming what is supported."""
    kind = given.get("model_type")
    found = supported().get(kind) if isinstance(kind, str) else None
    if found is None:
        raise CheckpointError(f"{kind!r}: not supported; supported: {', '.join(sorted(supported()))}.")
    return found
