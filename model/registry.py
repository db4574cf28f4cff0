"""Variants by name. A variant is one file of a package; the file's name is the name used in configs."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import Any

from model.errors import ConfigError


@dataclass(frozen=True)
class Option:
    """A number or word of a variant's own: what `options` may set, and what a page draws a control from.

    table: rows of numbers, too long for a link and for a control
    """

    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] | None = None
    table: bool = False

    def check(self, name: str, value: Any) -> None:
        """Raises ConfigError when value does not fit."""
        if self.choices is not None:
            if value not in self.choices:
                raise ConfigError(f"{name}={value!r} is unknown; choose one of {', '.join(map(repr, self.choices))}.")
        elif isinstance(self.default, (int, float)) and not isinstance(self.default, bool):
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ConfigError(f"{name}={value!r} is not a number; its default is {self.default}.")
            if not ((self.low is None or value >= self.low) and (self.high is None or value <= self.high)):
                raise ConfigError(f"{name}={value!r} is out of range; it runs from {self.low} to {self.high}.")
            if isinstance(self.default, int) and value != int(value):
                raise ConfigError(f"{name}={value!r} must be a whole number.")


def register(cls: type) -> type:
    """Marks the class that a variant's file is about."""
    cls.variant = cls.__module__.rpartition(".")[2]  # type: ignore[attr-defined]
    return cls


@cache
def variants(package: str) -> dict[str, type]:
    """name -> class for every file of `model.<package>`, in alphabetical order."""
    module = importlib.import_module(f"model.{package}")
    found = {}
    for info in pkgutil.iter_modules(module.__path__):
        file = importlib.import_module(f"model.{package}.{info.name}")
        for value in vars(file).values():
            if (
                isinstance(value, type)
                and value.__module__ == file.__name__
                and getattr(value, "variant", "") == info.name
            ):
                found[info.name] = value
    return dict(sorted(found.items()))


def find(package: str, name: Any) -> Any:
    """The class of a variant. Raises ConfigError listing what there is."""
    known = variants(package)
    if not isinstance(name, str) or name not in known:
        word = package.removesuffix("s") if package == "masks" else package
        raise ConfigError(f"{word}={name!r} is unknown; choose one of {', '.join(known)}.")
    return known[name]
