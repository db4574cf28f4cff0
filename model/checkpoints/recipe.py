"""From a family's config and the names of its tensors to a network and the list of what goes where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from model.checkpoints import families
from model.checkpoints.assemble import without_storage
from model.checkpoints.reader import ConfigReader, Source
from model.config import TransformerConfig
from model.errors import CheckpointError, ConfigError
from model.transformer import Transformer

_FEW_LAYERS = 256


@dataclass(frozen=True)
class Recipe:
    """network  on the meta device: shapes without storage
    steps    (path of our parameter, where it comes from)
    unused   tensors left out on purpose
    """

    label: str
    family: str
    network: Transformer
    steps: tuple[tuple[str, Source], ...]
    unused: tuple[str, ...]

    def made(self, read: Callable[[str], Tensor]) -> Iterator[tuple[str, Tensor]]:
        """(path, tensor) for every parameter; `read` gives a tensor by the file's name.

        Raises CheckpointError when one does not fit the config.
        """
        for path, source in self.steps:
            tensor = read(source.key)
            try:
                yield path, source.take(tensor)
            except (RuntimeError, ValueError, IndexError, ZeroDivisionError) as error:
                raise CheckpointError(
                    f"{self.label}: {source.key} has shape {tuple(tensor.shape)}, "
                    f"which does not fit the config ({error})."
                ) from error


def recipe(given: dict[str, Any], keys: set[str], label: str) -> Recipe:
    """given: config.json; keys: names of the tensors at hand; label: what to call the source in messages.

    Raises CheckpointError for what is unsupported, missing or left over.
    """
    family = families.find(given)
    reader = ConfigReader(given, family.FAMILY)
    try:
        config = family.config(reader, keys)
        reader.refuse_unknown()
        _check_layers(config, keys, label)
        network = without_storage(config)
    except ConfigError as error:
        raise CheckpointError(f"{label}: config.json: {error}") from error
    steps = tuple(family.weights(config, keys))
    taken = set()
    for _, source in steps:
        if source.key not in keys:
            raise CheckpointError(
                f"{label}: the weights lack {source.key}, which a {family.FAMILY} of this config needs."
            )
        taken.add(source.key)
    rest = sorted(keys - taken)
    if left := [key for key in rest if not family.unused(key, config)]:
        raise CheckpointError(
            f"{label}: {left[0]} (and {len(left) - 1} more) in the weights has no place in a {family.FAMILY}."
        )
    return Recipe(label, family.FAMILY, network, steps, tuple(rest))


def _check_layers(config: TransformerConfig, keys: set[str], label: str) -> None:
    """Each layer costs time to build even without storage, so a file of a few bytes must not ask for thousands.
    (Layers that share weights are few.)"""
    for stack in (config.encoder, config.decoder):
        if stack is not None and stack.n_layers > max(len(keys), _FEW_LAYERS):
            raise CheckpointError(f"{label}: the config has {stack.n_layers} layers, the file {len(keys)} tensors.")
