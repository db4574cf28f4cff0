"""The stages of one forward pass, indexed: what may be tapped, how large it is, what can be derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from torch import Tensor

from model.stages import Derive, Stage


class Plan:
    """Stages in the order they are computed. Depends on the architecture and the lengths of the input only.

    Lengths along `routed` depend on what the input holds: here they are upper bounds, until `settled`.
    """

    def __init__(self, stages: tuple[Stage, ...]):
        self.stages = stages
        self.by_name = {s.name: s for s in stages}
        self.names = frozenset(self.by_name)

    @cached_property
    def derivable(self) -> frozenset[str]:
        return frozenset(s.name for s in self.stages if s.derive is not None)

    @cached_property
    def made_with(self) -> Mapping[str, frozenset[str]]:
        """By the name of what can be derived: all that the same call derives, itself included."""
        calls: dict[tuple[str, Derive], list[str]] = {}
        for s in self.stages:
            if s.derive is not None:
                calls.setdefault((s.part, s.derive), []).append(s.name)
        return {name: frozenset(names) for names in calls.values() for name in names}

    @cached_property
    def read_by(self) -> Mapping[str, tuple[Stage, ...]]:
        """By the name of a stage or a weight: the stages that read it, in the order computed."""
        found: dict[str, list[Stage]] = {}
        for stage in self.stages:
            for name in {*stage.reads, *stage.weights}:
                found.setdefault(name, []).append(stage)
        return {name: tuple(stages) for name, stages in found.items()}

    @cached_property
    def numel(self) -> int:
        """Numbers in all distinct tensors."""
        return sum(s.numel() for s in self.stages if s.same_as is None)

    def skip(self, keep_bytes: int, itemsize: int) -> frozenset[str]:
        """Names not to keep: none while everything fits into keep_bytes, else all that can be derived."""
        return frozenset() if self.numel * itemsize <= keep_bytes else self.derivable

    @cached_property
    def open(self) -> tuple[Stage, ...]:
        """Stages whose shape is an upper bound."""
        return tuple(s for s in self.stages if "routed" in s.axes)

    def settled(self, values: Mapping[str, Tensor]) -> Plan:
        """The same plan with the shapes of a pass that recorded `values`."""
        if not self.open:
            return self
        found, empty = {}, set()
        for s in self.open:
            # an expert's rows are listed in its first stage, which is always kept
            n = len(values[f"{s.name.partition('.experts.')[0]}.experts.{_expert(s.name)}.positions"])
            found[s.name] = replace(
                s, shape=tuple(n if a == "routed" else i for a, i in zip(s.axes, s.shape, strict=True))
            )
            empty |= set() if n else {s.name}
        gone = frozenset(empty)
        stages = (found.get(s.name, s) for s in self.stages)
        return Plan(tuple(replace(s, rule=s.rule.without(gone)) for s in stages))


def _expert(name: str) -> str:
    return name.partition(".experts.")[2].partition(".")[0]
