"""A pass in the file: its words, its numbers, how its cells came about. `web/src/leave/answers.ts` gives them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from model import Trace
from model.readers import readers
from viz import faces, labels
from viz.arrays import encode
from viz.cells import Cell
from viz.layouts import LAYOUTS
from viz.leave.packed import packed
from viz.leave.taking import own_stages, weights_of
from viz.manifest import About
from viz.prose import Catalogue
from viz.readout import readout
from viz.routes.space import beside, own
from viz.rows import weights as read_weights
from viz.stage_page import stage_page
from viz.tensors import Source, of_stage, of_weight

FINE, ROUGH, WHOLE = 256, 48, 600_000  # patches of a face, and cells up to which they are fine; as theatre.ts has it

EXPLAINING = "writing the explanations"

Tick = Callable[[str], None]  # told what is being done
Chunks = Iterator[tuple[str, bytes]]


class Pass:
    """One pass. known: its id in the file, that on the server being a secret; prefix: of the names of its chunks;
    stages, weights: of which the file takes the numbers, as far as they are this pass's; cells: to be explained."""

    def __init__(
        self, trace: Trace, abouts: Sequence[About], said: Sequence[Catalogue], known: str, prefix: str,
        stages: Collection[str], weights: Collection[str], cells: Mapping[str, Sequence[Cell]],
    ):  # fmt: skip
        self.trace, self.said, self.prefix = trace, said, prefix
        # Without the model nothing can be written behind the text, so it is not offered.
        self.abouts = [replace(about, trace=known, written=None) for about in abouts]
        self.stages = [n for n in own_stages(trace) if n in stages]
        self.weights = [n for n in weights_of(trace) if n in weights]
        self.cells = cells if trace.network is not None else {}
        self.read = cells  # cells of which the file says what reads them: this needs no weights

    @property
    def other_shapes(self) -> dict[str, list[int]]:
        """Shapes of weights that go by another name in the manifest."""
        if self.trace.network is None:
            return {}
        named = read_weights(self.trace)
        raw = self.trace.network.weights.raw
        return {n: list(raw(n).shape) for n in weights_of(self.trace) if n not in named}

    @property
    def steps(self) -> int:
        """How often `tick` will be called."""
        explained = sum(map(len, self.cells.values())) + sum(map(len, self.read.values()))
        return len(self.trace.names) * len(self.said) + len(self.stages) + len(self.weights) + explained

    def holds(self, name: str) -> bool:
        """Whether the file has the numbers of a stage or a weight, as float32 to the last bit."""
        if name in self.trace:
            return self._home(name) in self.stages
        return name in self.weights and of_weight(self.trace, name).tensor.dtype is not torch.float64

    def chunks(self, tick: Tick) -> Chunks:
        for part in (self._words, self._numbers, self._explanations):
            yield from ((f"{self.prefix}{name}", body) for name, body in part(tick))

    def _words(self, tick: Tick) -> Chunks:
        trace = self.trace
        for said in self.said:
            pages = {}
            for name in trace.names:
                pages[name] = stage_page(trace, name, said.code)
                tick("writing the pages")
            yield f"pages.{said.code}", as_json(pages)
            if (found := readout(trace, said)) is not None:
                yield f"readout.{said.code}", as_json(found)
        yield "scene", as_json(own(trace))
        for name in LAYOUTS:
            yield f"layout.{name}", as_json(beside(trace, name))
        sides = [trace.config[side] for side in ("encoder", "decoder") if trace.config[side] is not None]
        yield "pieces", as_json(labels.pieces(trace, range(max(side["d_vocab"] for side in sides))))

    def _numbers(self, tick: Tick) -> Chunks:
        trace = self.trace
        sources = [of_stage(trace, n) for n in own_stages(trace)] + [of_weight(trace, n) for n in weights_of(trace)]
        most = fineness(sources)
        held = {*self.stages, *self.weights}
        for source in sources:
            yield f"face:{source.name}", faces.message([source], most)
            if source.name in held:
                yield f"cells:{source.name}", encode([source.whole()])
                tick("writing the numbers")

    def _explanations(self, tick: Tick) -> Chunks:
        known = {n for n in [*self.trace.names, *self.weights] if self.holds(n)}
        for name, chosen in self.cells.items():
            yield f"explain:{name}", packed(self.trace, name, chosen, self.said, known, lambda: tick(EXPLAINING))
        for name, chosen in self.read.items():
            yield f"readers:{name}", self._readers(name, chosen, tick)

    def _home(self, name: str) -> str:
        """The stage whose very tensor a stage is."""
        target = self.trace.stage(name).same_as
        return name if target is None else self._home(target)

    def _readers(self, name: str, chosen: Sequence[Cell], tick: Tick) -> bytes:
        """What reads each of some cells; titles and axes are in the manifest."""
        rows = []
        for cell in chosen:
            rows.append([[r.name, r.ranges, r.count, r.example] for r in readers(self.trace, name, cell)])
            tick(EXPLAINING)
        return as_json({"cells": chosen, "readers": rows})


def fineness(sources: Sequence[Source]) -> int:
    """Patches along a side of a face."""
    return FINE if sum(math.prod(s.tensor.shape) for s in sources) <= WHOLE else ROUGH


def as_json(body: Any) -> bytes:
    return json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
