"""What two passes in a file differ in. Their numbers are in it already and are subtracted in the browser: see
`web/src/leave/differences.ts`. What needs more than a subtraction is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from viz import faces
from viz.answers import answers
from viz.cells import Cell
from viz.changes import changes
from viz.difference import Pair, same_as, stage_source, unlike_weights, weight_source
from viz.leave.packed import packed
from viz.leave.passes import EXPLAINING, Chunks, Pass, Tick, as_json, fineness
from viz.leave.taking import weights_of
from viz.routes.space import own
from viz.tensors import Source

PREFIX = "difference/"


class Differing:
    """cells: to be explained."""

    def __init__(self, pair: Pair, this: Pass, other: Pass, cells: Mapping[str, Sequence[Cell]]):
        self.pair, self.this, self.other, self.cells = pair, this, other, cells

    @property
    def steps(self) -> int:
        """How often `tick` will be called."""
        return len(self._stages) + len(self._weights) + sum(map(len, self.cells.values()))

    def chunks(self, tick: Tick) -> Chunks:
        for part in (self._numbers, self._explanations):
            yield from ((f"{PREFIX}{name}", body) for name, body in part(tick))
        yield f"{PREFIX}scene", as_json(own(self.pair))
        yield f"{PREFIX}changes", as_json(changes(self.pair))
        for said in self.this.said:
            yield f"{PREFIX}answers.{said.code}", as_json(answers(self.pair, said))

    def _numbers(self, tick: Tick) -> Chunks:
        """From afar; of what is subtracted in the browser, how strong its colours are."""
        stages = [stage_source(self.pair, n) for n in self._stages]
        sources: list[Source] = [*stages, *(weight_source(self.pair, n) for n in self._weights)]
        most, limits = fineness(sources), {}
        for source in sources:
            yield f"face:{source.name}", faces.message([source], most)
            if self._held(source.name):
                limits[source.name] = source.limits.header()
            tick("writing the numbers")
        yield "limits", as_json(limits)

    def _explanations(self, tick: Tick) -> Chunks:
        known = {n for n in self.pair.this.names if n in self.pair and self._held(n)}
        known |= {n for n in self._weights if self._held(n)}
        for name, chosen in self.cells.items():
            yield f"explain:{name}", packed(self.pair, name, chosen, self.this.said, known, lambda: tick(EXPLAINING))

    def _held(self, name: str) -> bool:
        return self.this.holds(name) and self.other.holds(name)

    @cached_property
    def _stages(self) -> list[str]:
        """Those with a counterpart that are not another's very tensor in both."""
        return [s.name for s in self.pair.this.stages if s.name in self.pair and same_as(self.pair, s.name) is None]

    @cached_property
    def _weights(self) -> list[str]:
        lacking, there = set(unlike_weights(self.pair)), set(weights_of(self.pair.other))
        return [n for n in weights_of(self.pair.this) if n in there and n not in lacking]
