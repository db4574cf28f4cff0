"""All that is said about one stage: `StagePage` of types.ts."""

from __future__ import annotations

from typing import Any

from model import Trace
from viz import facts, source
from viz.pinned import worth_pinning
from viz.words import layers, place, sentence


def stage_page(trace: Trace, name: str, language: str = "en") -> dict[str, Any]:
    stage = trace.stage(name)
    config = trace.network.config
    fact = facts.fact(trace, stage)
    return {
        "name": name,
        "place": place(stage, config).words(layers(stage, config)),
        "words": [[{"t": sentence(trace, stage)}]],
        "facts": [[{"t": fact}]] if fact else [],
        "formula": stage.formula,
        "code": [
            {"path": s.path, "function": s.function, "lines": [[n, text] for n, text in s.lines]}
            for s in source.lines_of(trace, name)
        ],
        "pseudo": None,
        "guess": None,
        "choice": list(worth_pinning(trace, stage)),
    }
