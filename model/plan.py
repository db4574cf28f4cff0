"""The stages of one forward pass, indexed: what may be tapped, how large it is, what can be derived."""

from __future__ import annotations

from functools import cached_property

from model.stages import Stage


class Plan:
    """Stages in the order they are computed. Depends on the architecture and the lengths of the input only."""

    def __init__(self, stages: tuple[Stage, ...]):
        self.stages = stages
        self.by_name = {s.name: s for s in stages}
        self.names = frozenset(self.by_name)

    @cached_property
    def derivable(self) -> frozenset[str]:
        return frozenset(s.name for s in self.stages if s.derive is not None)

    @cached_property
    def numel(self) -> int:
        """Numbers in all distinct tensors."""
        return sum(s.numel() for s in self.stages if s.same_as is None)

    def skip(self, keep_bytes: int, itemsize: int) -> frozenset[str]:
        """Names not to keep: none while everything fits into keep_bytes, else all that can be derived."""
        return frozenset() if self.numel * itemsize <= keep_bytes else self.derivable
