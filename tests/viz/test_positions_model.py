"""Encodings inside networks, the probe and the figures of trained runs: recomputed, and on a table made up here."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import model
from model.errors import CheckpointError, InputError
from model.positional.properties import build
from model.train import positions_table
from model.train.positions_tasks import TASKS
from viz.positions import board_training, compare, export, feel, figures, probe, trained
from viz.positions.setup import Setup


def test_without_positions_and_mask_order_is_nothing() -> None:
    assert feel.shuffled("none", "encoder") < 1e-6
    assert feel.same_word("none", "encoder") < 1e-6
    for name in ("sinusoidal", "learned", "rotary", "alibi", "t5"):
        assert feel.shuffled(name, "encoder") > 1e-3, name
    assert feel.shuffled("none", "decoder") > 1e-3
    assert feel.same_word("none", "decoder") > 1e-3


def test_attention_of_two_untrained_networks() -> None:
    none, rotary = (feel.network(feel.Side(name)) for name in ("none", "rotary"))
    for name, p in none.named_parameters():
        assert torch.equal(p, dict(rotary.named_parameters())[name])
    ids = [5, 9, 3, 12]
    for net in (none, rotary):
        found = feel.pattern(net, ids, 1)
        np.testing.assert_allclose(np.nan_to_num(found), net.trace(ids=ids)["blocks.1.attn.pattern"], atol=1e-6)
        assert np.isnan(found[:, 0, 1]).all()
    a, b = (feel.pattern(net, ids, 1) for net in (none, rotary))
    assert feel.difference(a, a) == 0
    assert feel.difference(a, b) == pytest.approx(np.abs(np.nan_to_num(a) - np.nan_to_num(b)).sum() / 2 / 16, rel=1e-5)


@pytest.mark.parametrize("text", ["", "1", "1 x", "1 99", "-1 2", "1.5 2", "1 " * 40, "<b> 2", "١ ٢"])
def test_bad_tokens_are_refused_in_words(text: str) -> None:
    with pytest.raises(InputError):
        feel.ids_of(text, 16)


def test_a_table_that_is_too_short_says_so() -> None:
    net = build("learned", "decoder", n_ctx=4)
    with pytest.raises(InputError, match="table of positions"):
        feel.pattern(net, [2, 3, 4, 5, 6], 0)


def test_the_mismatch_experiment() -> None:
    """With its own positions the model is itself; the weights are the same under others."""
    assert feel.mismatch("learned") == 1
    assert feel.mismatch("rotary") < 0.9
    sort = model.load("sort").network
    other = feel.exchanged(sort, "rotary")
    assert other.config.decoder is not None
    assert other.config.decoder.positional == "rotary"
    assert torch.equal(other.last.W_E, sort.last.W_E)
    assert torch.equal(feel.exchanged(sort, "learned")(torch.tensor([0, 1, 2])), sort(torch.tensor([0, 1, 2])))


def test_untrained_weights_sort_nothing_under_any_positions() -> None:
    for control in ("random", "shuffled"):
        for name in ("learned", "sinusoidal"):
            assert feel.mismatch(name, control) < 0.8 < feel.mismatch("learned")


@pytest.mark.parametrize("name", trained.scrubbed())
def test_all_steps_in_one_pass_are_each_step_alone(name: str) -> None:
    task, _, positional = name.partition("-")
    steps, ids = trained.scrubbed()[name], board_training.tokens(task)
    nets = [feel.network(feel.Side(positional, task, step)) for step in steps]
    found = feel.along(nets, ids)
    assert found.shape[0] == len(steps) > 1
    for i in (0, len(steps) // 2, -1):
        np.testing.assert_allclose(found[i], feel.patterns(nets[i], ids), atol=1e-6)
    assert not np.allclose(np.nan_to_num(found[0]), np.nan_to_num(found[-1]), atol=1e-3)


def test_a_probe_reads_what_is_there() -> None:
    x = np.random.default_rng(0).normal(size=(200, 5))
    y = 3 * x[:, 1] - x[:, 4] + 7
    np.testing.assert_allclose(probe.apply(probe.fit(x, y), x), y, atol=0.1)


def test_the_probe_beside_its_control() -> None:
    trained_, untrained = probe.probe("sort", True), probe.probe("sort", False)
    assert trained_.layers == ("blocks.0.resid_pre", *(f"blocks.{i}.resid_post" for i in range(3)))
    assert trained_.kept_out == (2, 6, 10)
    assert trained_.error[-1] < untrained.error[-1] < trained_.chance
    fitted = [p for p in range(11) if p not in trained_.kept_out]
    assert trained_.chance == pytest.approx(np.mean([abs(np.mean(fitted) - p) for p in trained_.kept_out]))


@given(n=st.integers(1, 400))
def test_a_random_guess_is_off_by_a_third_of_the_length(n: int) -> None:
    found = probe.guessed(np.arange(n), n)
    assert found == pytest.approx((n * n - 1) / (3 * n))
    assert abs(found - n / 3) <= 1 / 3


def test_the_probe_shows_how_far_off_a_random_guess_is() -> None:
    found = probe.probe("sort", True)
    assert found.guess == pytest.approx(11 / 3, rel=0.05)
    assert found.guess > found.chance  # who always says the middle is nearer


def test_an_untrained_causal_stack_leaks_position() -> None:
    """What a probe reads without positions and without training is the mask's doing."""
    found = probe.read(feel.network(feel.Side("none")), 32)
    assert found.error[0] == pytest.approx(found.chance, rel=0.02)  # nothing before the first attention
    assert found.error[-1] < 0.95 * found.chance


# ---- trained runs ------------------------------------------------------------------------------------------


def made_up(task: str, positional: str, seed: int, accuracy: float) -> dict[str, Any]:
    t = TASKS[task]
    sizes = {}
    for i, size in enumerate(t.tested):
        a = accuracy / (i + 1)
        sizes[str(size)] = {
            "accuracy": a, "rows_right": a / 2, "loss": 1 - a, "perplexity": math.exp(1 - a), "from": 3,
            "accuracy_by_position": [a, None, a], "loss_by_position": [1 - a, None, 1 - a],
        }  # fmt: skip
        if task == "latest":
            sizes[str(size)] |= {"by_distance": {"8": {"accuracy": a, "answers": 5}}, "unordered": 0.4}
    return {
        "key": f"{task}-{positional}-{seed}", "task": task, "positional": positional, "seed": seed,
        "recipe": {"times": 1.0}, "accuracy": accuracy, "converged": accuracy >= 0.95, "sizes": sizes,
        "curve": [[0, 3.0, 0.1], [10, 1.0, 0.96 if accuracy >= 0.95 else 0.3]],
    }  # fmt: skip


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [
        made_up(task, name, seed, a)
        for task in ("offset", "latest")
        for name, accuracies in (("alibi", (0.99, 0.5)), ("rotary", (1.0, 0.98)))
        for seed, a in enumerate(accuracies)
    ]
    rows.append(made_up("offset", "none", 0, 0.2) | {"key": "long", "recipe": {"times": 5.0}})
    (tmp_path / positions_table.TABLE).write_text(json.dumps({"about": {}, "trials": rows}))
    return tmp_path


def test_every_seed_is_in_the_summary_and_in_the_picture(table: Path) -> None:
    rows = trained.rows(table)
    assert trained.tasks(rows) == ["offset", "latest"]
    assert trained.encodings(rows, "offset") == ["alibi", "rotary"]  # a longer run is another experiment
    first, second = trained.summaries(rows, "offset")
    assert (first.positional, first.verdict, first.steps) == ("rotary", "converged", (10, 10))
    assert (second.positional, second.verdict, second.steps) == ("alibi", "not converged (1 of 2 seeds)", (10, None))
    assert second.by_size["64"] == (0.495, 0.25)
    figure = trained.by_length([first, second], "offset")
    assert [list(t.y) for t in figure.data] == [
        [s.by_size[n][seed] for n in s.by_size] for s in (first, second) for seed in (0, 1)
    ]
    assert "not converged" in figure.data[2].name
    assert figure.data[3].opacity < figure.data[2].opacity
    assert "chance, 0.0312" in [a.text for a in figure.layout.annotations]
    low, high = figure.layout.xaxis.range
    assert low < math.log10(32) < math.log10(256) < high
    reversed_ = trained.summaries(rows, "offset", "loss")
    assert [s.positional for s in reversed_] == ["rotary", "alibi"]


def test_by_position_and_retrieval(table: Path) -> None:
    rows = trained.rows(table)
    figure = trained.by_position(rows, "offset", ["alibi", "rotary"], "64")
    assert len(figure.data) == 4
    assert list(figure.data[0].x) == [3, 4, 5]
    assert list(figure.data[0].y) == [0.495, None, 0.495]
    assert trained.retrieval(rows, "offset", ["alibi"], "64") is None
    found = trained.retrieval(rows, "latest", ["alibi", "rotary"], "64")
    assert found is not None
    assert [t.y[0] for t in found.data] == [0.495, 0.25, 0.5, 0.49]
    for drawn in (figure.data[:2], found.data[:2]):  # of ALiBi one seed did not converge
        assert "not converged" in drawn[0].name
        assert drawn[1].opacity < drawn[0].opacity
        assert drawn[1].line.dash == "dot"
    assert "not converged" not in figure.data[2].name
    assert (
        figure.data[0].line.color == trained.by_length(trained.summaries(rows, "offset"), "offset").data[2].line.color
    )


@pytest.mark.parametrize(
    ("measure", "level"), [("accuracy", 1 / 32), ("loss", math.log(32)), ("perplexity", 32.0), ("rows_right", None)]
)
def test_what_blind_guesses_reach_is_marked(table: Path, measure: str, level: float | None) -> None:
    rows = trained.rows(table)
    figure = trained.by_length(trained.summaries(rows, "offset", measure), "offset", measure)
    marked = [shape.y0 for shape in figure.layout.shapes if shape.y0 == shape.y1]
    assert marked == pytest.approx([] if level is None else [level])
    if measure in ("accuracy", "loss"):
        shapes = trained.by_position(rows, "offset", ["rotary"], "64", measure).layout.shapes
        assert [shape.y0 for shape in shapes] == pytest.approx([level])


def test_nothing_trained_and_a_damaged_table(tmp_path: Path) -> None:
    assert trained.rows(tmp_path) == {}
    assert trained.scrubbed(tmp_path) == {}
    (tmp_path / positions_table.TABLE).write_text("{")
    with pytest.raises(CheckpointError):
        trained.rows(tmp_path)


# ---- taking away -------------------------------------------------------------------------------------------


def test_the_numbers_of_a_figure() -> None:
    found = compare.shown(compare.added(Setup("alibi", positions=3, heads=1)))[0]
    lines = export.table(figures.matrix(found, "key", "query", 1.0, "bias")).splitlines()
    assert lines[0] == "part,y,x,value"
    slope = 2**-8
    assert lines[1:] == [
        f"bias,{q},{k},{np.float32(-slope * (q - k))}" for q in range(3) for k in range(q + 1)
    ]  # fmt: skip
    curves = export.table(figures.lines({"a": np.array([1.0, 2.5])}, "x", "y")).splitlines()
    assert curves == ["part,x,y", "a,0,1.0", "a,1,2.5"]


def test_those_shown_first_are_apart_and_converged() -> None:
    def one(name: str, *converged: bool) -> trained.Summary:
        return trained.Summary(name, (1.0,), {"32": (1.0,)}, converged, (1,))

    some = [one("a", True), one("b", True), one("c", True), one("d", True), one("e", True), one("f", True, False)]
    assert trained.apart(some) == ["a", "c", "e"]
    assert trained.apart(some[:1]) == ["a"]
    assert trained.apart([one("f", False), one("g", False)]) == ["f", "g"]
