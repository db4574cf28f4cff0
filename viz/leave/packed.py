"""Many explanations of one stage in little room: by columns, each number once. `web/src/leave/explained.ts` reads it.

What the file holds anyway is not written again: the number of a source is a cell of its tensor, and the value of a
term is mostly the product of its sources, which is checked for each.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from model import Explanation, Trace
from viz import cells, changed_cell
from viz.cells import Cell
from viz.difference import Pair
from viz.prose import Catalogue

MOST_TERMS = 1000  # of one explanation, the largest; it says how many there are
GAP = "\x01"  # in no label: controls are made visible
_NUMBER = re.compile(r"(?<![\d.])\d{1,9}(?![\d.])")
_TEXT = re.compile(r"\\text\{([^{}]*)\}")


class Numbered:
    """Things by number, each once."""

    def __init__(self) -> None:
        self.places: dict[Any, int] = {}

    def of(self, thing: Any) -> int:
        return self.places.setdefault(thing, len(self.places))

    def all(self) -> list[Any]:
        return list(self.places)


class Columns:
    """Explanations of a stage, added one by one. Each list is a column, of cells, of terms or of sources."""

    def __init__(self, held: Collection[str]):
        """held: tensors that the file has, whose numbers need not be written."""
        self.held = held
        self.said, self.plain, self.sources = Numbered(), Numbered(), Numbered()
        self.columns: dict[str, list[Any]] = {
            word: []
            for word in (
                "at", "text", "exact", "op", "formula", "words", "recomputed", "total", "worked", "places", "terms",
                "kept", "shared", "place", "share", "label", "value", "from", "index", "number", "this", "other",
            )
        }  # fmt: skip
        self._before: list[int] = []
        self._labels: dict[str, int] = {}

    def add(self, of: Trace | Pair, name: str, cell: Cell, at: int, languages: Sequence[Catalogue]) -> None:
        """Adds the explanation of one cell, in words of all languages."""
        found, bodies = _explained(of, name, cell, languages)
        first = bodies[0]
        put = {word: column.append for word, column in self.columns.items()}
        put["at"](at)
        put["text"](first["text"])
        put["exact"](_read_back(first["text"], first["value"]))
        put["op"](self.plain.of(first["op"]))
        put["formula"](self.said.of(tuple(b["formula"] for b in bodies)))
        put["words"](self.said.of(tuple(b["words"] for b in bodies)))
        put["recomputed"](first["recomputed"])
        put["total"](first.get("total"))
        put["worked"](self._worked([b["worked"] for b in bodies]))
        put["places"]([self.plain.of(words) for _, words in first["places"]])
        put["terms"](first["n_terms"])
        put["kept"](len(first["terms"]))
        if isinstance(of, Pair):
            put["this"](first["this"])
            put["other"](first["other"])
        # In the order of computation neighbours are alike. The order of size follows from the shares.
        by_place = sorted(first["terms"], key=lambda term: term["place"])
        put["shared"](int(shared := not _is_of_largest(by_place)))
        last = -1
        for term in by_place:
            put["place"](term["place"] - last - 1)
            last = term["place"]
            if shared:
                put["share"](term["share"])
            self._sources(term["sources"])
            put["label"](self._label(found.terms[term["place"]].label, languages))
            put["value"](None if _is_product(term) else term["value"])

    def _label(self, raw: str, languages: Sequence[Catalogue]) -> int:
        """Its words in all languages: asked for once of all labels that differ in the places of their sources alone."""
        bare = _gaps(raw, self._before)
        if bare not in self._labels:
            self._labels[bare] = self.said.of(tuple(_gaps(said.label(raw), self._before) for said in languages))
        return self._labels[bare]

    def _sources(self, sources: list[dict[str, Any]]) -> None:
        """Names as a number, places as differences to the term before, numbers where the file lacks the tensor."""
        self.columns["from"].append(self.sources.of(tuple(s["name"] for s in sources)))
        flat = [i for s in sources for i in s["index"]]
        before = self._before if len(self._before) == len(flat) else [0] * len(flat)
        self.columns["index"].extend(now - then for now, then in zip(flat, before, strict=True))
        self._before = flat
        for source in sources:
            if source["name"] not in self.held:
                self.columns["number"].append(source["value"])

    def _worked(self, written: list[str]) -> str | list[str]:
        """One formula for all languages, its words by number; or one each where they differ in more."""
        bare = [_TEXT.sub("", text) for text in written]
        if any(other != bare[0] for other in bare):
            return written
        said = iter([self.said.of(words) for words in zip(*map(_TEXT.findall, written), strict=True)])
        return _TEXT.sub(lambda _: rf"\text{{{next(said)}}}", written[0])

    def done(self, axes: Sequence[str], languages: Sequence[Catalogue]) -> dict[str, Any]:
        """All of it, as JSON can spell it."""
        said = {one.code: [words[i] for words in self.said.all()] for i, one in enumerate(languages)}
        return {
            "axes": list(axes), "said": said, "plain": self.plain.all(),
            "sources": [list(names) for names in self.sources.all()],
            "given": sorted({n for names in self.sources.all() for n in names if n not in self.held}),
            **self.columns,
        }  # fmt: skip


def _explained(
    of: Trace | Pair, name: str, cell: Cell, languages: Sequence[Catalogue]
) -> tuple[Explanation, list[dict[str, Any]]]:
    """The explanation, and as the browser shows it in each language: its terms in the first one alone."""
    most = [MOST_TERMS, *(0 for _ in languages[1:])]
    if isinstance(of, Trace):
        found = of.explain(name, cell)
        return found, [cells.explanation(of, found, n, said) for n, said in zip(most, languages, strict=True)]
    both = changed_cell.changed(of, name, cell)
    bodies = [changed_cell.explanation(of, both, n, said) for n, said in zip(most, languages, strict=True)]
    return both.whole, bodies


def packed(
    of: Trace | Pair,
    name: str,
    chosen: Sequence[Cell],
    languages: Sequence[Catalogue],
    held: Collection[str],
    tick: Callable[[], None],
) -> bytes:
    """The explanations of some cells of a stage, or of how two passes differ there. tick: called after each."""
    stage, columns = of.stage(name), Columns(held)
    for cell in chosen:
        at = int(np.ravel_multi_index(cell, stage.shape)) if cell else 0
        columns.add(of, name, cell, at, languages)
        tick()
    body = columns.done(stage.axes, languages)
    return json.dumps(body, allow_nan=False, separators=(",", ":"), ensure_ascii=True).encode()


def _is_product(term: dict[str, Any]) -> bool:
    """Whether the value is what the numbers of the sources multiply to, to the last bit."""
    values = [s["value"] for s in term["sources"]]
    if not values or not all(isinstance(v, int | float) for v in [*values, term["value"]]):
        return False
    return bool(math.prod(map(float, values)) == term["value"])


def _is_of_largest(terms: list[dict[str, Any]]) -> bool:
    """Whether each share is the value over the largest, to the last bit: so for all but softmaxes and norms."""
    values = [term["value"] for term in terms]
    if not all(isinstance(v, int | float) for v in values):
        return False
    most = max(map(abs, values), default=0.0) or 1.0
    return all(term["share"] == term["value"] / most for term in terms)


def _gaps(label: str, index: list[int]) -> str:
    """A label with gaps for the numbers that the index of a source has: "x[5]" is alike in all terms then."""
    return _NUMBER.sub(lambda n: f"{GAP}{index.index(int(n[0]))}{GAP}" if int(n[0]) in index else n[0], label)


def _read_back(text: str, value: float | int | str) -> float | int | str | None:
    """None where the text says the value to the last bit, which it does for all that is float32 or whole."""
    if isinstance(value, str):
        return None if text == value else value
    return None if float(np.float32(text)) == value else value
