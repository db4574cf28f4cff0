"""A picture for every stage of every variant; what it says about limits, windows and masked cells."""

import json

import numpy as np
import pytest

import model
from tests.viz.every_variant import cases, trace
from viz import figures, labels, sheet, theme, words
from viz.arrays import short

DRAWN: set[tuple] = set()


@pytest.mark.parametrize(("name", "padded"), cases())
def test_every_stage_and_weight_has_a_picture_that_serialises(name: str, padded: bool) -> None:
    tr = trace(name, padded)
    for stage in tr.stages:
        # What tells one picture from another; the same stage of another block or network is drawn once.
        look = (words.key(stage), stage.axes, stage.shape, stage.kind, stage.title, len(stage.weights))
        if look in DRAWN:
            continue
        DRAWN.add(look)
        drawn = sheet.of_stage(tr, stage.name)
        pin = None if 0 in drawn.values.shape else (0,) * len(stage.shape)
        shown = figures.picture(drawn, pin=pin, lit=[pin] if pin else [], clickable=True)
        json.loads(shown.figure.to_json())
        assert stage.name in shown.alt
        axis = shown.figure.layout.coloraxis
        if pin is None:
            continue
        assert axis.cmin is not None
        assert axis.cmax > axis.cmin
        if stage.kind == "signed":
            assert axis.cmin == -axis.cmax
        for weight in stage.weights:
            json.loads(figures.picture(sheet.of_weight(tr, weight)).figure.to_json())


def test_every_click_point_knows_its_cell() -> None:
    tr = trace("positional=learned")
    drawn = sheet.of_stage(tr, "blocks.0.attn.pattern")
    shown = figures.picture(drawn, clickable=True)
    for points in (t for t in shown.figure.data if t.customdata is not None):
        for cell, said in zip(points.customdata, points.text, strict=True):
            value = drawn.values[tuple(int(i) for i in cell.split(","))]
            assert f"<b>{short(float(value), 5)}</b>" in said
    cells = {c for t in shown.figure.data if t.customdata is not None for c in t.customdata}
    assert len(cells) == drawn.values.size


def test_masked_cells_are_gaps_in_the_heatmap_and_said_in_words() -> None:
    drawn = sheet.of_stage(trace("mask=causal"), "blocks.0.attn.attn_scores")
    shown = figures.picture(drawn)
    assert np.isneginf(drawn.values).any()
    assert any("hidden by the mask" in n for n in shown.notes)
    assert not any(np.isinf(t.z).any() for t in shown.figure.data if t.type == "heatmap")


def test_numbers_travel_as_float32() -> None:
    shown = figures.picture(sheet.of_stage(trace("norm=layer"), "embed"))
    assert all(t.z.dtype == np.float32 for t in shown.figure.data if t.type == "heatmap")


def test_a_few_huge_cells_do_not_drown_the_rest() -> None:
    values = np.linspace(-1, 1, 1000, dtype=np.float32)
    values[3] = 500.0
    found = sheet.limits("signed", values)
    assert found.high <= 1.0
    assert found.low == -found.high
    assert "500" in found.notes[0]


@pytest.mark.parametrize("kind", ["signed", "probability", "scale", "index", "count"])
def test_limits_hold_for_empty_zero_and_infinite_tensors(kind: str) -> None:
    for values in (np.zeros(0), np.zeros(9), np.full(4, -np.inf), np.full(4, np.nan)):
        found = sheet.limits(kind, values.astype(np.float32))
        assert found.low < found.high


def test_a_large_vocabulary_shows_its_leaders() -> None:
    values = np.random.default_rng(0).normal(size=(4, 5000)).astype(np.float32)
    drawn = sheet.Sheet("logits", "Logits", ("position", "d_vocab"), "signed", values)
    (panel,) = sheet.panels(drawn)
    assert panel.cols[0] == int(values[-1].argmax())
    assert len(panel.cols) == sheet.TOP_TOKENS
    assert any("5,000" in n for n in sheet.notes(drawn, [panel]))
    (wanted,) = sheet.panels(drawn, around=(1, 7))
    assert 7 in wanted.cols


def test_a_window_of_a_long_tensor_holds_the_cell_asked_for() -> None:
    values = np.zeros((4, 500, 500), dtype=np.float32)
    drawn = sheet.Sheet("x", "X", ("head", "query", "key"), "signed", values)
    shown = list(sheet.panels(drawn, around=(2, 400, 10)))
    assert all(400 in p.rows and 10 in p.cols for p in shown)
    assert any("of 500" in n for n in sheet.notes(drawn, shown))


def test_labels_are_escaped_for_plotly() -> None:
    values = np.zeros((1, 1), dtype=np.float32)
    ticks = {"position": ["<a href='javascript:alert(1)'>x</a>"]}
    drawn = sheet.Sheet("x", "X", ("position", "d_model"), "signed", values, ticks)
    text = figures.picture(drawn, clickable=True).figure.to_json()
    assert "<a href" not in text.replace("\\u003c", "<")


def test_colours_stay_apart_from_the_page() -> None:
    for background in ((255, 255, 255), (14, 17, 23)):
        for name, colour in {**theme.AXIS_COLOURS, **theme.PLACE_COLOURS}.items():
            assert _contrast(_rgb(colour), background) >= 3, name


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _contrast(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Of two colours, as the accessibility guidelines define it."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[int, ...]) -> float:
    parts = [c / 255 for c in colour]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_vocabulary_is_named_to_its_end() -> None:
    trace = model.load("sort").trace("CBABBC")
    named = labels.ticks(trace, trace.stage("probs"), "d_vocab")
    assert list(named) == ["A", "B", "C"]
    assert len(named) == 3
