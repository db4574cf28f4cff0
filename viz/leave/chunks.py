"""The answers of the data routes that a file takes along, each under a name. `web/src/leave/answers.ts` gives them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from model import Trace
from model.readers import readers
from viz import faces, labels, prose
from viz.arrays import encode
from viz.cells import Cell
from viz.layouts import LAYOUTS
from viz.leave.packed import packed
from viz.leave.taking import Take, explained, fitting, own_stages, sizes, weights_of
from viz.manifest import About, Start, manifest, model_of
from viz.readout import readout
from viz.routes.space import beside, own
from viz.rows import weights as read_weights
from viz.stage_page import stage_page
from viz.tensors import Source, of_stage, of_weight

TRACE = "file"  # its id in the file: the one on the server is a secret
FINE, ROUGH, WHOLE = 256, 48, 600_000  # patches of a face, and cells up to which they are fine; as theatre.ts has it

EXPLAINING = "writing the explanations"

Tick = Callable[[str], None]  # told what is being done
Chunks = Iterator[tuple[str, bytes]]


class Holding:
    """What a file of a trace will hold. abouts: one for each language, the first of which is shown first."""

    def __init__(self, trace: Trace, abouts: Sequence[About], take: Take, pages: Mapping[str, Any]):
        self.trace, self.take = trace, take
        # Without the model nothing can be written behind the text, so it is not offered.
        self.abouts = [replace(about, trace=TRACE, written=None) for about in abouts]
        self.said = [prose.catalogue(about.language) for about in abouts]
        stages, weights = sizes(trace)
        self.stages, self.weights = fitting(stages, take.stages), fitting(weights, take.weights)
        self.left_stages = {n: stages[n] for n in stages if n not in set(self.stages)}
        self.left_weights = {n: weights[n] for n in weights if n not in set(self.weights)}
        shown = explained(trace, take, pages)
        self.cells = shown if trace.network is not None else {}
        self.read = shown  # cells of which the file says what reads them: this needs no weights
        self.every = bool(self.cells) and self.count == sum(math.prod(s.shape) for s in trace.stages)

    @property
    def count(self) -> int:
        """Cells that are explained."""
        return sum(map(len, self.cells.values()))

    @property
    def other_shapes(self) -> dict[str, list[int]]:
        """Shapes of weights that go by another name in the manifest."""
        if self.trace.network is None:
            return {}
        named = read_weights(self.trace)
        raw = self.trace.network.weights.raw
        return {n: list(raw(n).shape) for n in weights_of(self.trace) if n not in named}

    def title(self, about: About, said: prose.Catalogue) -> str:
        """What the model is called."""
        return str(model_of(self.trace, about, said)["title"])

    @property
    def steps(self) -> int:
        """How often `tick` will be called."""
        return (
            len(self.trace.names) * len(self.said)
            + len(self.stages)
            + len(self.weights)
            + self.count
            + sum(map(len, self.read.values()))
        )

    def chunks(self, tick: Tick) -> Chunks:
        yield from self._words(tick)
        yield from self._numbers(tick)
        yield from self._explanations(tick)

    def _words(self, tick: Tick) -> Chunks:
        trace = self.trace
        for about, said in zip(self.abouts, self.said, strict=True):
            yield f"manifest.{said.code}", _json(manifest(trace, about, Start()))
            pages = {}
            for name in trace.names:
                pages[name] = stage_page(trace, name, said.code)
                tick("writing the pages")
            yield f"pages.{said.code}", _json(pages)
            if (found := readout(trace, said)) is not None:
                yield f"readout.{said.code}", _json(found)
        yield "scene", _json(own(trace))
        for name in LAYOUTS:
            yield f"layout.{name}", _json(beside(trace, name))
        sides = [trace.config[side] for side in ("encoder", "decoder") if trace.config[side] is not None]
        yield "pieces", _json(labels.pieces(trace, range(max(side["d_vocab"] for side in sides))))

    def _numbers(self, tick: Tick) -> Chunks:
        trace = self.trace
        sources = [of_stage(trace, n) for n in own_stages(trace)] + [of_weight(trace, n) for n in weights_of(trace)]
        most = FINE if sum(s.tensor.numel() for s in sources) <= WHOLE else ROUGH
        held = {*self.stages, *self.weights}
        for source in sources:
            yield f"face:{source.name}", faces.message([source], most)
            if source.name in held:
                yield f"cells:{source.name}", _whole(source)
                tick("writing the numbers")

    def _explanations(self, tick: Tick) -> Chunks:
        known = {s.name for s in self.trace.stages if self._home(s.name) in set(self.stages)}
        known |= {n for n in self.weights if of_weight(self.trace, n).tensor.dtype is not torch.float64}
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
        return _json({"cells": chosen, "readers": rows})


def _whole(source: Source) -> bytes:
    return encode([source.whole()])


def _json(body: Any) -> bytes:
    return json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
