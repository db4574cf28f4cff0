"""Words, facts and worked formulas for every stage of every variant."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from tests.viz.every_variant import CONFIGS, cases, trace
from viz import facts, labels, theme, words, worked
from viz.arrays import short


@pytest.mark.parametrize(("name", "padded"), cases())
def test_every_stage_has_a_sentence_and_a_place(name: str, padded: bool) -> None:
    tr = trace(name, padded)
    for stage in tr.stages:
        said = words.sentence(tr, stage)
        assert said[0].isupper(), stage.name
        assert said.endswith("."), stage.name
        assert not re.search(r"[{}]|None|nan", said), said
        assert len(said) < 330, stage.name
        place = words.place(stage, CONFIGS[name])
        assert place.kind in theme.PLACE_COLOURS
        assert f"of {words.layers(stage, CONFIGS[name])}" in place.words(2) or place.layer is None
        said = facts.fact(tr, stage)
        assert said == "" or said.endswith(".")


def test_numbers_in_facts_are_in_the_trace() -> None:
    tr = trace("positional=learned")
    stage = tr.stage("logits")
    best = int(tr["logits"][-1].argmax())
    assert short(tr["logits"][-1, best].item()) in facts.fact(tr, stage)
    assert f"token {best}" in facts.fact(tr, stage)
    hidden = int(tr["blocks.0.attn.attn_scores"].isneginf().sum())
    assert f"{hidden} of" in facts.fact(tr, tr.stage("blocks.0.attn.attn_scores"))


@pytest.mark.parametrize("name", list(CONFIGS))
def test_every_op_has_a_worked_formula(name: str) -> None:
    tr = trace(name)
    for stage in tr.stages:
        if 0 in stage.shape:
            continue
        for cell in ((0,) * len(stage.shape), tuple(n - 1 for n in stage.shape)):
            ex = tr.explain(stage.name, cell)
            text = worked.latex(ex)
            assert text.count("{") == text.count("}")
            found = worked.ordered(ex)
            assert len(found) == len(ex.terms)
            shares = [abs(o.share) for o in found]
            assert shares == sorted(shares, reverse=True)
            assert ex.op in worked.OPS
            if math.isfinite(ex.value):
                assert worked.number(ex.value) in text


@given(st.text())
def test_pieces_are_visible_and_keep_their_letters(piece: str) -> None:
    shown = labels.visible(piece)
    assert "\n" not in shown
    assert "\u202e" not in shown
    assert "\u200b" not in shown
    assert [c for c in shown if c.isalnum()][: piece.isalnum() and len(piece)] == [c for c in piece if piece.isalnum()]


def test_a_vocabulary_is_named_to_its_end() -> None:
    trace = model.load("sort").trace("CBABBC")
    named = labels.ticks(trace, trace.stage("probs"), "d_vocab")
    assert list(named) == ["A", "B", "C"]
    assert len(named) == 3
