"""The message of the walkthrough fits the trace, and holds nothing that JSON or the browser cannot read."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import model
from model import Trace, Transformer
from tests.viz.every_variant import CONFIGS, NAMES, cases, trace
from viz import arrays, prose, theme
from viz.manifest import About, Start, manifest, message
from viz.tensors import axes_of

TYPES = Path(__file__).parents[2] / "viz" / "web" / "src" / "walkthrough" / "types.ts"


def made(tr: Trace, language: str = "en", start: Start | None = None) -> dict[str, Any]:
    found = manifest(tr, About("id", "some", language=language), start or Start())
    return json.loads(json.dumps(found, allow_nan=False))


def fields(interface: str) -> tuple[set[str], set[str]]:
    """Names that the contract asks for, and those that may be left out."""
    body = re.search(rf"export interface {interface} \{{\n(.*?)\n\}}", TYPES.read_text(encoding="utf-8"), re.S)
    assert body
    names = re.findall(r"^  (\w+)(\??):", body[1], re.M)
    return {n for n, optional in names if not optional}, {n for n, optional in names if optional}


def fits(found: dict[str, Any], interface: str) -> None:
    wanted, more = fields(interface)
    assert wanted <= set(found) <= wanted | more, interface


@pytest.mark.parametrize(("name", "padded"), cases())
def test_the_manifest_is_what_the_browser_expects(name: str, padded: bool) -> None:
    tr = trace(name, padded)
    found = made(tr)
    fits(found, "Manifest")
    for interface, rows in {
        "StageInfo": found["stages"], "Step": found["steps"], "ChapterInfo": found["chapters"],
        "Side": found["sides"], "WeightInfo": found["weights"].values(), "ChapterText": found["texts"].values(),
    }.items():  # fmt: skip
        for row in rows:
            fits(row, interface)
    for row, stage in zip(found["stages"], tr.stages, strict=True):
        assert (row["name"], row["axes"], row["shape"]) == (stage.name, list(stage.axes), list(stage.shape))
        assert found["formulas"][row["formula"]] == stage.formula
        assert found["chapters"][row["chapter"]]["key"] in found["texts"]
        assert row.get("same_as") == stage.same_as
        assert row["place"] in theme.PLACE_COLOURS
        assert row["place"] == "norm" or found["places"][row["place"]]
        assert not row["side"] or found["places"][row["side"]]
        assert set(row["weights"]) <= set(found["weights"])
        assert set(row["reads"]) <= set(tr.names)
    axes = {a for row in [*found["stages"], *found["weights"].values()] for a in row["axes"]}
    assert axes <= set(found["axes"])
    for side in found["sides"]:
        assert len(side["pieces"]) == len(side["ids"]) == len(tr[side["tokens"]])


@pytest.mark.parametrize("name", NAMES)
def test_axes_of_a_weight_are_told_apart(name: str) -> None:
    network = trace(name).network
    assert network is not None
    for weight in {w for s in trace(name).stages for w in s.weights}:
        axes = axes_of(network, weight)
        assert len(set(axes)) == len(axes) == network.weights.raw(weight).dim()


@pytest.mark.parametrize("stage", ["tokens", "blocks.1.attn.pattern", "logits"])
def test_the_message_has_the_numbers_and_the_page_of_the_start(stage: str) -> None:
    tr = model.load("sort").trace("CBABBC")
    sent = message(tr, About("id", "sort"), Start(stage))
    assert len(sent) < 150_000
    header, values = arrays.decode(sent)
    assert header["manifest"]["start"] == {"stage": stage}
    assert set(header["pages"]) == {stage}
    fits(header["pages"][stage], "StagePage")
    names = [t["name"] for t in header["tensors"]]
    assert names[0] == stage
    assert set(tr.stage(stage).reads) <= set(names)
    np.testing.assert_array_equal(values[0], arrays.to_numpy(tr[stage]))
    for tensor in header["tensors"]:
        assert set(tensor["limits"]) == {"low", "high", "robust", "clipped"}
        assert set(tensor["origin"]) == set(tensor["axes"])


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        (Start("nobody", (0, 0, 0), 1, 2), {"head": 1, "token": 2}),
        (Start("blocks.0.attn.pattern", (2, 5, 0)), {"stage": "blocks.0.attn.pattern", "cell": [2, 5, 0]}),
        (Start("blocks.0.attn.pattern", (3, 5, 0)), {"stage": "blocks.0.attn.pattern"}),
        (Start("blocks.0.attn.pattern", (5, 0)), {"stage": "blocks.0.attn.pattern"}),
        (Start("", None, 3, 6), {}),
        (Start("", None, 0, 0), {"head": 0, "token": 0}),
    ],
)
def test_what_a_link_asks_for_is_kept_where_it_fits(start: Start, wanted: dict[str, Any]) -> None:
    assert made(model.load("sort").trace("CBABBC"), start=start)["start"] == wanted


@pytest.mark.parametrize("language", prose.languages())
def test_every_language_is_offered_and_used(language: str) -> None:
    found = made(trace("positional=learned"), language)
    assert found["language"] == language
    assert {"code": language, "name": prose.catalogue(language).name} in found["languages"]
    assert found["ui"] == prose.catalogue(language).ui


def test_a_trace_without_its_weights_says_what_is_missing(tmp_path: Path) -> None:
    trace("positional=learned").save(tmp_path / "t.safetensors", everything=True)
    tr = Trace.load(tmp_path / "t.safetensors")
    header, _ = arrays.decode(message(tr, About("id", "some"), Start("blocks.0.attn.pattern")))
    assert "weights" in header["manifest"]["missing"]
    assert [s["name"] for s in header["manifest"]["stages"]] == tr.names
    assert [s["op"] for s in header["manifest"]["stages"]] == [s.rule.op for s in trace("positional=learned").stages]
    assert set(header["manifest"]["weights"]) == {w for s in tr.stages for w in s.weights}
    assert "blocks.0.attn.pattern" in [t["name"] for t in header["tensors"]]


def test_the_vocabulary_goes_along_only_where_it_is_small() -> None:
    assert made(model.load("sort").trace("CBABBC"))["vocabulary"] == ["A", "B", "C"]
    large = model.Transformer(model.TransformerConfig(n_layers=1, d_model=8, n_heads=2, d_vocab=600, n_ctx=4))
    assert "vocabulary" not in made(large.trace(ids=[1, 2]))


def test_special_tokens_are_known_by_their_ids() -> None:
    class Tokenizer:
        special_ids = frozenset({3})

        def pieces(self, ids: list[int]) -> list[str]:
            return ["<s>" for _ in ids]  # spelt like one, and yet only id 3 is

    network = Transformer(CONFIGS["mask=causal"])
    tr = model.Model(network, Tokenizer()).trace(ids=[1, 3, 2])
    (side,) = made(tr)["sides"]
    assert side["special"] == [1]
    assert made(trace("mask=causal"))["sides"][0]["special"] == []


def test_a_page_may_open_at_the_scene() -> None:
    trace = model.load("sort").trace("CBABBC")
    about = About("id", "sort")
    assert manifest(trace, about, Start(space=True))["start"] == {"space": True}
    assert "space" not in manifest(trace, about, Start())["start"]
