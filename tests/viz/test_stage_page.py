"""Every stage of every variant has a page in every language, and every number on it is the trace's."""

import json
import math
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import Stage, Trace
from tests.viz.every_variant import CONFIGS, cases, trace
from viz import prose, theme, words
from viz.arrays import to_numpy
from viz.markup import plain
from viz.stage_page import stage_page

BROKEN = re.compile(r"[{}]|\]\(|\bNone\b|\bnan\b")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@cache
def pages(name: str, padded: bool, language: str) -> dict[str, dict[str, Any]]:
    tr = trace(name, padded)
    return {stage: stage_page(tr, stage, language) for stage in tr.names}


def paragraphs(page: dict[str, Any]) -> list[Any]:
    guess = page["guess"]
    asked = [] if guess is None else [guess["question"], *guess["reveal"]]
    return [*page["words"], *page["facts"], *asked]


def read(text: str) -> float:
    """A number as it is shown, read back."""
    plainer = text.replace("−", "-").replace("∞", "inf")
    return float(plainer[:-1]) / 100 if plainer.endswith("%") else float(plainer)


def same(shown: str, value: float) -> bool:
    """Whether a number that is shown with few digits is this one."""
    if shown.endswith("%"):
        return abs(read(shown) - value) <= 0.005 + 1e-9
    digits = len(re.sub(r"e.*|\D", "", shown).lstrip("0")) or 1
    return math.isclose(read(shown), value, rel_tol=0.51 * 10 ** (1 - digits), abs_tol=1e-12)


@pytest.mark.parametrize("language", prose.languages())
@pytest.mark.parametrize(("name", "padded"), cases())
def test_a_page_of_every_stage(name: str, padded: bool, language: str) -> None:
    tr = trace(name, padded)
    for stage in tr.stages:
        page = pages(name, padded, language)[stage.name]
        json.dumps(page, allow_nan=False)
        assert page["name"] == stage.name
        assert page["words"]
        assert page["formula"] == prose.catalogue(language).formula(stage.formula)
        assert language != "zh" or not re.search(r"\\text\{[ a-z]*\}", page["formula"])
        assert page["code"]
        assert all(snippet["lines"] for snippet in page["code"])
        for paragraph in paragraphs(page):
            said = plain(paragraph)
            assert not BROKEN.search(said), said
            assert said[-1] in ".。？?", said
            assert len(said) < 520, said
            assert language != "zh" or CHINESE.search(said), said
        check_links(tr, stage, page)
        check_numbers(tr, page)
        cell = page["choice"]
        assert (not cell) == (0 in stage.shape)
        assert not cell or stage.check_index(tuple(cell)) == tuple(cell)


def check_links(tr: Trace, stage: Stage, page: dict[str, Any]) -> None:
    """Every link names a tensor that there is, and every tensor read is named."""
    named = {segment["ref"] for paragraph in page["words"] for segment in paragraph if "ref" in segment}
    assert set(stage.reads[:1]) <= named, stage.name
    missing = set(stage.reads) - named
    assert not missing or len(stage.reads) > 5, (stage.name, missing)
    for paragraph in paragraphs(page):
        for segment in paragraph:
            if "ref" in segment:
                assert segment["ref"] in tr or segment["ref"] in stage.weights, (stage.name, segment)


def check_numbers(tr: Trace, page: dict[str, Any]) -> None:
    """Every number that quotes a cell is that cell's."""
    for paragraph in paragraphs(page):
        for segment in paragraph:
            if "index" in segment:
                value = tr[segment["ref"]][tuple(segment["index"])].item()
                assert same(segment["t"], value), (segment, value)


def worked_out(tr: Trace, stage: Stage) -> list[float]:
    """The numbers in a stage's facts that are no cells, worked out here from the tensors they name."""
    x = to_numpy(tr[stage.name]).astype(np.float64)
    stack, block = stage.name.partition("blocks.")[0], stage.name.rpartition(".")[0]

    def lengths(name: str) -> Any:
        return np.linalg.norm(to_numpy(tr[name]).astype(np.float64), axis=-1)

    def lower_median(ratios: Any) -> float:
        return float(np.sort(ratios)[(len(ratios) - 1) // 2])

    match words.key(stage):
        case "tokens":
            return [len(x)]
        case "attn_scores":
            return [np.isneginf(x).sum(), x.size]
        case "result":
            return [np.linalg.norm(x[-1], axis=-1).max()]
        case "attn_out" | "cross_attn_out" | "mlp_out":
            return [lower_median(lengths(stage.name) / lengths(f"{block}.resid_pre"))]
        case "resid_post":
            return [lower_median(lengths(stage.name) / lengths(f"{stack}embed_sum"))]
        case "post":
            return [(x > 0).sum(), x.size]
        case "expert.positions":
            return [len(x), tr.stage(stage.reads[0]).shape[0]]
    return []


@pytest.mark.parametrize(("name", "padded"), cases())
def test_numbers_of_whole_tensors_are_worked_out_right(name: str, padded: bool) -> None:
    tr = trace(name, padded)
    for stage in tr.stages:
        for language in prose.languages():
            facts = pages(name, padded, language)[stage.name]["facts"]
            shown = [s["t"] for p in facts for s in p if "ref" in s and "index" not in s]
            expected = worked_out(tr, stage) if shown else []
            assert len(shown) == len(expected), stage.name
            # Languages may say them in another order.
            for text, value in zip(sorted(shown, key=read), sorted(expected), strict=True):
                assert same(text, value), (stage.name, text, value)


def test_an_expert_that_nobody_chose_says_so() -> None:
    tr = trace("experts")
    empty = [s.name for s in tr.stages if "routed" in s.axes and 0 in s.shape]
    busy = [s.name for s in tr.stages if "routed" in s.axes and 0 not in s.shape]
    assert empty
    assert busy
    told = {name: [plain(f) for f in stage_page(tr, name)["facts"]] for name in (*empty, *busy)}
    assert all(
        told[name] == ["No token of this input chose this expert: there is nothing here to compute."] for name in empty
    )
    assert not any("No token" in text for name in busy for text in told[name])


def test_the_number_of_hidden_scores_is_said() -> None:
    tr = trace("positional=learned")
    said = plain(stage_page(tr, "blocks.0.attn.attn_scores")["facts"][0])
    assert said == "Hidden here: 24 of 64 scores."  # 6 of 16 in each of 4 heads


@pytest.mark.parametrize("name", ["positional=learned", "experts", "encoder-decoder, t5", "segments, embed norm"])
def test_a_trace_without_weights_has_the_same_pages(name: str, tmp_path: Path) -> None:
    tr = trace(name)
    tr.save(tmp_path / "t.safetensors", everything=True)
    alone = Trace.load(tmp_path / "t.safetensors")
    assert alone.network is None
    for stage in tr.names:
        whole, here = stage_page(tr, stage), stage_page(alone, stage)
        if words.key(tr.stage(stage)) == "embed_sum":  # what a shuffle leaves takes the model
            whole["guess"] = None
        # Without a tokenizer pieces are numbers either way.
        assert here == whole, stage


def test_where_a_stage_is() -> None:
    for name, config in CONFIGS.items():
        for stage in trace(name).stages:
            place = words.place(stage, config)
            assert place.kind in theme.PLACE_COLOURS
            assert f"of {words.layers(stage, config)}" in place.words(2) or place.layer is None
    tr = trace("encoder-decoder, t5")
    stage = tr.stage("decoder.blocks.1.cross_attn.q")
    config = CONFIGS["encoder-decoder, t5"]
    assert words.place(stage, config).words(2) == "Decoder · block 1 of 2 · cross-attention"
    assert words.place(stage, config).words(2, "zh") == "解码器 · 第 1 块（共 2 块，从 0 数起） · 交叉注意力"
