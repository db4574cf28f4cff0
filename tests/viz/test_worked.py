"""A worked formula for every operation, and pieces that can be seen."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from tests.viz.every_variant import CONFIGS, trace
from viz import labels, prose, worked


@pytest.mark.parametrize("name", list(CONFIGS))
def test_every_op_has_a_worked_formula(name: str) -> None:
    tr = trace(name)
    for stage in tr.stages:
        if 0 in stage.shape:
            continue
        for cell in ((0,) * len(stage.shape), tuple(n - 1 for n in stage.shape)):
            ex = tr.explain(stage.name, cell)
            said = prose.catalogue("zh" if cell[0:1] == (0,) else "en")
            text = worked.latex(ex, said)
            assert text.count("{") == text.count("}")
            found = worked.ordered(ex)
            assert len(found) == len(ex.terms)
            shares = [abs(o.share) for o in found]
            assert shares == sorted(shares, reverse=True)
            assert said.op(ex.op)
            if math.isfinite(ex.value):
                assert worked.number(ex.value) in text


def test_a_share_of_nearly_all_is_not_written_as_one_by_one() -> None:
    tr = model.load("sort").trace("CBABBC")
    probs = tr["probs"][-1]
    found = worked.latex(tr.explain("probs", (5, int(probs.argmax()))), prose.catalogue("en"))
    assert probs.max() > 0.9995
    assert r"\frac{1}{1}" not in found
    assert r"\frac{1}{1.000" in found


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
