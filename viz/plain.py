"""Words of the walkthrough in English only, until the catalogue of prose is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from model import Trace
from viz import facts, source, words
from viz.chapters import KEYS, config_of

DEFAULT = "en"


@dataclass(frozen=True)
class Catalogue:
    ui: dict[str, str] = field(default_factory=dict)

    def chapter(self, key: str) -> dict[str, Any]:
        return {"title": key.replace("_", " ").capitalize(), "intro": [], "once": [], "honest": []}


def languages() -> dict[str, str]:
    return {"en": "English"}


def catalogue(language: str) -> Catalogue:  # noqa: ARG001
    return Catalogue()


def stage_page(trace: Trace, name: str, language: str) -> dict[str, Any]:  # noqa: ARG001
    stage = trace.stage(name)
    config = config_of(trace)
    said = [words.describe(trace.network, stage)] if trace.network is not None else []
    snippets = source.lines_of(trace, name) if trace.network is not None else []
    fact = facts.fact(trace, stage)
    return {
        "name": name, "place": words.place(stage, config).words(words.layers(stage, config)),
        "words": [[{"t": s}] for s in said], "facts": [[{"t": fact}]] if fact else [], "formula": stage.formula,
        "code": [{"path": s.path, "function": s.function, "lines": [list(line) for line in s.lines]} for s in snippets],
        "pseudo": None, "guess": None, "choice": [0] * len(stage.axes),
    }  # fmt: skip


assert KEYS
