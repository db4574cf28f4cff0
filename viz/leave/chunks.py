"""What a file holds: one pass, or two and their difference, as chunks under names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from model import Trace
from viz import comparison, prose
from viz.difference import Pair
from viz.leave.differing import Differing
from viz.leave.passes import Chunks, Pass, Tick, as_json
from viz.leave.taking import Take, changed_most, explained, fitting, shown, sizes, sizes_of_both
from viz.manifest import About, Start, manifest, model_of
from viz.prose import Catalogue

TRACE, OTHER = "file", "other"  # ids in the file, and the prefix of what is the other's

Pages = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Beside:
    """Another pass, that this one is compared with.

    kind: see `viz.comparison`; abouts, titles: what is known of it and what it is, one for each language
    """

    trace: Trace
    abouts: Sequence[About]
    kind: str
    titles: Sequence[str]


class Holding:
    """What a file will hold. abouts: one for each language, the first of which is shown first; pages: of the stages of
    this pass, and of the other where there is one."""

    def __init__(
        self, trace: Trace, abouts: Sequence[About], take: Take, pages: Sequence[Pages], beside: Beside | None = None
    ):
        self.trace, self.take, self.beside = trace, take, beside
        self.said = [prose.catalogue(about.language) for about in abouts]
        pair = None if beside is None else Pair(trace, beside.trace)
        stages, weights = sizes(trace) if pair is None else sizes_of_both(pair)
        held, weighed = set(fitting(stages, take.stages)), set(fitting(weights, take.weights))
        self.left_stages = {n: stages[n] for n in stages if n not in held}
        self.left_weights = {n: weights[n] for n in weights if n not in weighed}
        traces = [trace] if beside is None else [trace, beside.trace]
        wanted = [*(changed_most(pair) if pair else ()), *shown(traces, pages)]
        self.every, cells = explained([*traces, *([pair] if pair else [])], take, wanted)
        self.this = Pass(trace, abouts, self.said, TRACE, "", held, weighed, cells[0])
        self.passes, self.differing = [self.this], None
        if beside is not None and pair is not None:
            other = Pass(beside.trace, beside.abouts, self.said, OTHER, f"{OTHER}/", held, weighed, cells[1])
            self.passes.append(other)
            self.differing = Differing(pair, self.this, other, cells[2])

    @property
    def count(self) -> int:
        """Cells of this pass that are explained."""
        return sum(map(len, self.this.cells.values()))

    def title(self, about: About, said: Catalogue) -> str:
        """What the model is called."""
        return str(model_of(self.trace, about, said)["title"])

    @cached_property
    def steps(self) -> int:
        """How often `tick` will be called."""
        return sum(one.steps for one in self.passes) + (self.differing.steps if self.differing else 0)

    def chunks(self, tick: Tick) -> Chunks:
        for i, about in enumerate(self.this.abouts):
            yield f"manifest.{about.language}", as_json(manifest(self.trace, about, Start()))
            if self.beside is not None:
                yield f"compared.{about.language}", as_json(self._compared(i, self.beside))
        for one in self.passes:
            yield from one.chunks(tick)
        if self.differing is not None:
            yield from self.differing.chunks(tick)

    def _compared(self, language: int, beside: Beside) -> dict[str, Any]:
        sides = [(one.trace, one.abouts[language]) for one in self.passes]
        return comparison.row(sides[0], sides[1], beside.kind, beside.titles[language])
