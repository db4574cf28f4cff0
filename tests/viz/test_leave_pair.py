"""A file of two passes: what it holds of them, and what its page must read out of it; the browser's tests compare.

`python -m tests.viz.test_leave_pair` writes what they read anew.
"""

import base64
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model import Edit, Model, Transformer
from tests.viz.every_variant import trace as variant
from tests.viz.test_leave_read import CONFIG, alike
from viz import changed_cell, prose
from viz.answers import answers
from viz.arrays import decode, exact
from viz.changes import changes
from viz.difference import Pair, stage_source, weight_source
from viz.leave.chunks import Beside, Holding
from viz.leave.file import whole_is_too_much
from viz.leave.taking import TAKES, Take, all_terms, sizes, sizes_of_both
from viz.leave.telling import told
from viz.manifest import About
from viz.stage_page import stage_page
from viz.windows import overview

FILE = Path(__file__).parents[2] / "viz" / "web" / "tests" / "leave_pair.json"
IDS, EDIT = [3, 1, 4], Edit("blocks.0.attn.z", "zero", head=1)
TOLD = ["Head 1: set to 0", "第 1 个头：设为 0"]
CHUNKS = ("manifest.en", "manifest.zh", "compared.", "cells:", "other/cells:", "difference/")
SOME = Take(stages=1 << 20, weights=200, explained=1500, every=False)  # without the numbers of the larger weights


@cache
def network() -> Model:
    torch.manual_seed(0)
    return Model(Transformer(CONFIG))


@cache
def both() -> Pair:
    return Pair(network().trace(ids=IDS), network().trace(ids=IDS, edits=[EDIT]))


def holding(pair: Pair, take: Take | str = "walk", kind: str = "edit") -> Holding:
    traces = (pair.this, pair.other)
    pages = [{name: stage_page(trace, name) for name in trace.names} for trace in traces]
    mine, theirs = (
        [About(word, "tiny", language=code) for code in prose.languages()] for word in ("id-of-this", "id-of-other")
    )
    taken = take if isinstance(take, Take) else TAKES[take]
    return Holding(pair.this, mine, taken, pages, Beside(pair.other, theirs, kind, TOLD))


def chunks(found: Holding) -> dict[str, bytes]:
    return dict(found.chunks(lambda _: None))


def written() -> dict[str, Any]:
    pair, found = both(), holding(both(), SOME)
    parts = {n: b for n, b in chunks(found).items() if n.startswith(CHUNKS)}
    return {
        "chunks": {n: base64.b64encode(b).decode() for n, b in parts.items()},
        "explained": explained(pair, found),
        "cells": {n: [exact(float(x)) for x in stage_source(pair, n).numbers().ravel()] for n in differing(pair)},
        "overview": overview(stage_source(pair, "blocks.0.mlp.pre").numbers(), (2, 2))[0].ravel().tolist(),
        "changes": changes(pair),
        "answers": answers(pair, prose.catalogue("en")),
    }


def differing(pair: Pair) -> list[str]:
    return [n for n in pair.this.names if stage_source(pair, n).numbers().any()] + [
        "embed",
        "blocks.0.attn.attn_scores",
    ]


def explained(pair: Pair, found: Holding) -> list[dict[str, Any]]:
    assert found.differing is not None
    rows = []
    for name, cells in found.differing.cells.items():
        for cell in cells[::3]:
            how = changed_cell.changed(pair, name, cell)
            said = {c: changed_cell.explanation(pair, how, 1000, prose.catalogue(c)) for c in prose.languages()}
            rows.append({"name": name, "cell": cell, **said})
    return rows


def test_the_browser_tests_read_what_is_written_now() -> None:
    kept, now = json.loads(FILE.read_text(encoding="utf-8")), json.loads(json.dumps(written()))
    assert kept["chunks"].keys() == now["chunks"].keys(), f"run {Path(__file__).name} to write them anew"
    for word in ("explained", "overview", "changes", "answers"):
        alike(kept[word], now[word], word)


def test_both_passes_are_held_and_what_they_differ_in() -> None:
    pair, found = both(), holding(both())
    parts = chunks(found)
    assert not any(b"id-of-" in body for body in parts.values())
    for trace, prefix in ((pair.this, ""), (pair.other, "other/")):
        for name in trace.names:
            if trace.stage(name).same_as is None:
                assert (decode(parts[f"{prefix}cells:{name}"])[1][0] == trace[name].float().numpy()).all()
    row = json.loads(parts["compared.zh"])
    assert (row["title"], row["pair"], row["kind"]) == (TOLD[1], "other~file", "edit")
    limits = json.loads(parts["difference/limits"])
    assert limits["logits"] == stage_source(pair, "logits").limits.header()
    assert limits["W_E"] == weight_source(pair, "W_E").limits.header()
    assert json.loads(parts["difference/changes"])["first"] == "blocks.0.attn.z"
    assert len(json.loads(parts["difference/answers.en"])["rows"]) == len(IDS)
    # A cell that one of the three shows is worked out in all of them.
    assert found.differing is not None
    for name, cells in found.differing.cells.items():
        assert cells == found.this.cells[name] == found.passes[1].cells[name]


def test_the_file_says_so() -> None:
    said = told(holding(both()), 0)
    assert any(TOLD[0] in line for line in said["holds"])
    assert "compare with anything else" in said["lacks"][-1]


def test_budgets_are_of_all_together() -> None:
    pair = both()
    stages, weights = sizes_of_both(pair)
    mine, raw = sizes(pair.this)
    assert weights == raw  # of one network: written once
    assert stages["embed"] == mine["embed"]
    assert stages["logits"] == 2 * mine["logits"]
    every = all_terms([pair.this, pair.other, pair])
    assert every > 2.5 * all_terms([pair.this])
    assert whole_is_too_much(pair.this, pair.other) == 0
    assert holding(pair, Take(1 << 20, 1 << 20, every, True)).every
    assert not holding(pair, Take(1 << 20, 1 << 20, every - 1, True)).every
    some = holding(pair, Take(200, 0, 300, False))
    parts = chunks(some)
    assert some.left_stages
    assert min(some.left_stages) not in json.loads(parts["difference/limits"])
    for name in some.left_stages:
        assert f"cells:{name}" not in parts
        assert f"other/cells:{name}" not in parts
        assert f"difference/face:{name}" in parts or pair.this.stage(name).same_as
    kept = [json.loads(body)["kept"] for name, body in parts.items() if "explain:" in name]
    assert len(kept) > 3
    # A stage's terms are counted on one cell.
    assert sum(terms + 1 for cells in kept for terms in cells) <= 1.1 * 300


@pytest.mark.parametrize("name", ["encoder-decoder, t5", "experts", "positional=rotary", "pictures"])
def test_another_network_can_be_set_beside(name: str) -> None:
    """Hardly anything has a counterpart; what has none is not subtracted."""
    pair = Pair(both().this, variant(name))
    parts = chunks(holding(pair, "walk", "model"))
    limits = json.loads(parts["difference/limits"])
    assert not set(limits) & set(json.loads(parts["compared.en"])["unlike"])
    assert {n for n in limits if n in pair.this} <= {n for n in pair.this.names if n in pair}
    assert json.loads(parts["other/pages.en"]).keys() == set(pair.other.names)


def test_other_weights_of_the_same_shape_are_subtracted_too() -> None:
    torch.manual_seed(1)
    pair = Pair(both().this, Model(Transformer(CONFIG)).trace(ids=IDS))
    parts = chunks(holding(pair, "walk", "weights"))
    one, other = (decode(parts[f"{side}cells:W_E"])[1][0] for side in ("", "other/"))
    assert json.loads(parts["difference/limits"])["W_E"]["high"] == float(np.max(other - one))


if __name__ == "__main__":
    FILE.write_text(json.dumps(written(), separators=(",", ":")) + "\n", encoding="utf-8")
    sys.exit()
