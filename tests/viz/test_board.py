"""What a board sends: every number as it was given, limits over all slices, and words for axes that do not fit."""

import json
from typing import Any

import numpy as np
import pytest

from viz import theme
from viz.arrays import decode
from viz.board import payload
from viz.panels import Arrow, Arrows, Axis, Board, Clocks, Formula, Lines, Matrix, Row, Series, Table

AXES = [Axis("at", 4, "position", at=2), Axis("dim", 3), Axis("head", 2)]
NUMBERS = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)


def sent(*panels: Any, axes: Any = AXES) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    header, arrays = decode(payload(Board(axes, panels, "file", "label")))
    return header["board"], {t["name"]: a for t, a in zip(header["tensors"], arrays, strict=True)}


def test_a_matrix_arrives_as_it_was_given() -> None:
    hidden = NUMBERS.copy()
    hidden[0, 1, 2] = np.nan
    board, arrays = sent(Matrix(id="m", title="A <b>", values=hidden, axes=("head", "at", "dim")))
    (panel,) = board["panels"]
    np.testing.assert_array_equal(arrays[panel["values"]], hidden)
    assert panel["drawn"] == ["at", "dim"]
    assert panel["limit"] == pytest.approx(float(np.nanmax(np.abs(hidden))))
    assert (board["file"], board["label"], panel["title"]) == ("file", "label", "A <b>")
    assert board["axes"]["at"] | {"size": 4, "at": 2, "title": "position"} == board["axes"]["at"]
    assert board["axes"]["dim"]["title"] == "dim"


def test_an_array_in_two_panels_is_sent_once() -> None:
    table = NUMBERS[0]
    board, arrays = sent(
        Matrix(id="m", values=table, axes=("at", "dim")),
        Lines(id="l", along="at", series=[Series(name="dimension {dim}", values=table, axes=("at", "dim"))]),
    )
    assert len(arrays) == 1
    assert board["panels"][1]["series"][0]["values"] == board["panels"][0]["values"]


def test_panels_of_one_scale_share_their_limits() -> None:
    small, large = 0.5 * np.ones((4, 3)), -3 * np.ones((4, 3))
    board, _ = sent(
        Matrix(id="a", values=small, axes=("at", "dim"), scale="s"),
        Matrix(id="b", values=large, axes=("at", "dim"), scale="s"),
        Matrix(id="alone", values=small, axes=("at", "dim")),
        Matrix(id="given", values=large, axes=("at", "dim"), limit=1.0, signed=False),
        Matrix(id="zero", values=np.zeros((4, 3)), axes=("at", "dim")),
    )
    assert [p["limit"] for p in board["panels"]] == [3, 3, 0.5, 1, 1]


def test_the_range_of_curves_holds_all_slices_bands_and_levels() -> None:
    def lines(**more: Any) -> Lines:
        curve = np.stack([np.arange(4.0), 10 * np.arange(4.0)])
        series = Series(name="c", values=curve, axes=("head", "at"), low=curve - 1, high=curve)
        return Lines(**{"id": "l", "along": "at", "series": [series], **more})

    def span(**more: Any) -> list[float]:
        return sent(lines(**more))[0]["panels"][0]["span"]

    low, high = span()
    assert -3 < low < -1
    assert 30 < high < 33
    assert span(levels=[(-50.0, "deep")])[0] < -50
    assert span(span=(0.0, 1.0)) == [0.0, 1.0]
    empty = Series(name="none", values=np.full(4, np.nan), axes=("at",))
    low, high = span(series=[empty])
    assert low < high
    both = sent(lines(scale="s"), lines(id="m", scale="s", levels=[(99.0, "")]))[0]["panels"]
    assert both[0]["span"] == both[1]["span"]


def test_a_curve_with_points_of_its_own() -> None:
    x, y = np.array([0.0, 5.0, 40.0]), np.array([1.0, 2.0, 3.0])
    axes = [Axis("step", 2, marks=[0, 30])]
    board, arrays = sent(
        Lines(id="l", along="step", series=[Series(name="s", values=y, axes=("step",), x=x)]), axes=axes
    )
    (series,) = board["panels"][0]["series"]
    np.testing.assert_array_equal(arrays[series["xs"]], x)
    np.testing.assert_array_equal(arrays[series["values"]], y)
    assert board["axes"]["step"]["places"] == [0, 30]
    assert board["axes"]["step"]["marks"] == ["0", "30"]
    assert series["color"] == theme.line(0)["color"]


def test_the_other_kinds_name_their_arrays() -> None:
    hands = NUMBERS[..., :2].transpose(1, 0, 2)  # [at, head, (x, y)]
    board, arrays = sent(
        Clocks(id="c", hands=hands, axes=("at", "head"), pair="head", said=[("angle", NUMBERS[0, :, 0], ("at",))]),
        Arrows(id="a", arrows=[Arrow(name="q", values=hands, axes=("at", "head"))], product=(0, 0)),
        Table(id="t", head=("a", "b"), rows=[
            Row(label="value", values=NUMBERS[0], axes=("at", "dim")),
            Row(label="product", values=hands, axes=("at", "head", "xy"), times=hands, times_axes=("at", "head", "xy")),
            Row(label="words", words=("head", ["first", "second"]), more=("always",)),
        ]),
        Formula(id="f", source="data/x", axes=("at",)),
    )  # fmt: skip
    clocks, arrows, table, formula = board["panels"]
    np.testing.assert_array_equal(arrays[clocks["hands"]], hands)
    assert clocks["limit"] >= np.linalg.norm(hands, axis=-1).max() - 1e-6
    assert arrows["arrows"][0]["values"] == table["rows"][1]["times"] == clocks["hands"]
    assert table["rows"][2]["words"] == ["head", ["first", "second"]]
    assert formula == formula | {"source": "data/x", "axes": ["at"], "kind": "formula"}
    json.dumps(board, allow_nan=False)


@pytest.mark.parametrize(
    ("panel", "words"),
    [
        (Matrix(id="m", values=NUMBERS, axes=("at", "dim")), "3 axes"),
        (Matrix(id="m", values=np.zeros((4, 9)), axes=("at", "dim")), "'dim' has 3 places on this board, not 9"),
        (Matrix(id="m", values=np.zeros((4, 3)), axes=("at", "other")), "'other' has 0 places"),
        (Arrows(id="a", arrows=[Arrow(name="q", values=NUMBERS[0], axes=("at",))]), "3 numbers, not 2"),
        (Formula(id="f", source="x", axes=("other",)), "no axis 'other'"),
    ],
)
def test_axes_that_do_not_fit_are_said(panel: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        sent(panel)


def test_marks_must_be_as_many_as_places() -> None:
    with pytest.raises(ValueError, match="2 places and 1 marks"):
        sent(axes=[Axis("step", 2, marks=["only"])])


def test_nothing_that_json_cannot_spell_is_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        sent(axes=[Axis("step", 1, marks=[float("nan")])])
