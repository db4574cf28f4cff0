"""The boards of the lab: their numbers are the model's, and so are the formulas that the route answers."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

import model
from model.positional.properties import words
from model.train import positions_table
from viz.arrays import decode
from viz.board import payload
from viz.panels import Board
from viz.positions import board_compare, board_one, board_training, board_turns, compare, held, one, setup, trained
from viz.positions.setup import BIAS, Setup, network, passed
from viz.routes import ROUTES

CLIENT = TestClient(Starlette(routes=ROUTES))


def sent(board: Board) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Panels by id, arrays by name."""
    header, arrays = decode(payload(board))
    found = {t["name"]: a for t, a in zip(header["tensors"], arrays, strict=True)}
    return {p["id"]: p for p in header["board"]["panels"]} | {"axes": header["board"]["axes"]}, found


@pytest.mark.parametrize("name", setup.names())
def test_one_encoding_is_what_its_pass_computed(name: str) -> None:
    found = Setup(name)
    panels, arrays = sent(board_one.board(found))
    values = passed(found)
    if "pos_embed" in values:
        np.testing.assert_array_equal(arrays[panels["vectors"]["values"]], values["pos_embed"].float())
        chosen = panels["waves"]["series"][-1]
        assert chosen["values"] == panels["vectors"]["values"]
    if BIAS in values:
        drawn, hidden = arrays[panels["bias"]["values"]], one.hidden(found)
        assert np.isnan(drawn[:, hidden]).all()
        np.testing.assert_array_equal(drawn[:, ~hidden], values[BIAS].float()[:, ~torch.from_numpy(hidden)])
    assert ("worked" in panels) == (name != "none")
    assert panels["facts"]["rows"][0]["more"] == [f"{one.price(found)[0]:,}"]


@pytest.mark.parametrize("name", [n for n in setup.names() if n != "none"])
def test_a_formula_is_worked_out_where_the_cursors_stand(name: str) -> None:
    """The answer's value is that of the running model's trace, and its LaTeX is not that of another cell."""
    found = Setup(name, positions=9, width=8, heads=2)
    panels, _ = sent(board_one.board(found))
    worked = panels["worked"]
    trace = model.Model(network(found)).trace(ids=words(found.positions))
    biased = "key" in worked["axes"]
    for at, other, head in ((5, 4, 1), (8, 0, 0), (0, 0, 1)):
        asked = {"at": at, "key": other, "head": head} if biased else {"at": at, "dim": other}
        answer = CLIENT.get(f"/{worked['source']}", params=asked)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        index = tuple(body["index"])
        assert index == (
            (head, at, other) if biased else (at, other) if body["stage"] == "pos_embed" else (at, 0, other)
        )
        assert body["latex"]
        assert body["general"] == trace.explain(body["stage"], index).formula
        assert float(body["value"]) == pytest.approx(trace[body["stage"]][index].item(), rel=1e-6, abs=1e-7)


def test_a_hidden_cell_has_no_number() -> None:
    key = held.hold(Setup("alibi"))
    body = CLIENT.get(f"/data/lab/{key}/worked?at=2&key=5&head=0").json()
    assert (body["value"], body["latex"]) == ("nan", r"\text{hidden by the mask}")


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ("worked?at=99&dim=1", 400, "at='99' must be a whole number from 0 to 23"),
        ("worked?at=<b>&dim=1", 400, "whole number"),
        ("worked?at=1&dim=16", 400, "dim='16'"),
        ("worked?at=1&head=9", 400, "head='9'"),
        ("worked?at=1&nonsense=1", 400, "unknown parameter"),
    ],
)
def test_bad_questions_are_refused_in_words(asked: str, status: int, words: str) -> None:
    answer = CLIENT.get(f"/data/lab/{held.hold(Setup())}/{asked}")
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert answer.headers["cache-control"] == "no-store"


def test_an_unknown_encoding_is_said() -> None:
    assert "not kept any more" in CLIENT.get("/data/lab/nonsense/worked?at=0").json()["error"]
    assert CLIENT.get(f"/data/lab/{held.hold(Setup('none'))}/worked?at=0").status_code == 404


def test_what_is_held_is_bounded_and_keeps_its_id() -> None:
    first = held.hold(Setup(positions=3))
    assert held.hold(Setup(positions=3)) == first
    assert held.get(first) == Setup(positions=3)
    for width in range(2, 2 * held.MOST + 4, 2):
        held.hold(Setup(width=width))
    assert held.get(first) is None
    assert len(held._ids) == held.MOST


def test_arrows_multiply_to_what_the_turned_vectors_do() -> None:
    panels, arrays = sent(board_turns.arrows(Setup("rotary")))
    here, later = panels["product"]["rows"]
    q, k, q2, k2 = (arrays[row[word]] for row in (here, later) for word in ("values", "times"))
    np.testing.assert_allclose(np.einsum("qpx,kpx->qkp", q, k), np.einsum("qpx,kpx->qkp", q2, k2), atol=1e-6)
    assert panels["arrows"]["arrows"][2]["values"] == here["values"]


def test_the_comparison_has_one_scale_and_the_scores_themselves() -> None:
    some = [compare.added(Setup(n)) for n in ("sinusoidal", "rotary", "alibi", "learned")]
    panels, arrays = sent(board_compare.board(some))
    limits = {p["limit"] for p in panels.values() if p.get("kind") == "matrix"}
    assert list(limits) == [pytest.approx(compare.largest(some))]
    for a in some:
        drawn = arrays[panels[f"added-{a.setup.positional}"]["values"]]
        assert drawn.shape == (4, 24, 24)  # every head, also where all are alike
        np.testing.assert_array_equal(drawn, np.broadcast_to(compare.shown(a), drawn.shape))
    assert panels["axes"]["distance"]["minus"] == ["at", "key"]
    curves = {s["name"]: arrays[s["values"]] for s in panels["past"]["series"]}
    assert curves[setup.title("learned")].shape == (24,)
    assert curves[setup.title("alibi")].shape == (96,)
    assert "no vector past position 23" in panels["past"]["note"]


@pytest.mark.skipif(not positions_table.read(), reason="nothing has been trained")
def test_training_is_what_each_checkpoint_attends_to() -> None:
    name, steps = next(iter(trained.scrubbed().items()))
    task, _, _ = name.partition("-")
    panels, arrays = sent(board_training.board(trained.rows(), name, steps))
    drawn = arrays[panels["snapshot"]["values"]]
    for i in (0, len(steps) - 1):
        found = positions_table.load(name, steps[i]).trace(ids=board_training.tokens(task))
        for layer in range(drawn.shape[1]):
            want = found[f"blocks.{layer}.attn.pattern"].numpy()
            np.testing.assert_allclose(np.nan_to_num(drawn[i, layer]), want, atol=1e-5)
    assert panels["axes"]["step"]["places"] == steps
    back = arrays[panels["back"]["series"][0]["values"]]
    diagonal = np.diagonal(drawn, -3, 3, 4)
    np.testing.assert_allclose(back[..., 3], diagonal.mean(-1), atol=1e-6)
    measured = [r for r in positions_table.read().values() if (r["task"], r["recipe"]["times"]) == (task, 1)]
    curves = [r for r in measured if f"{r['task']}-{r['positional']}" == name]
    assert len(panels["curve"]["series"]) == len(curves)
    first = panels["curve"]["series"][0]
    np.testing.assert_allclose(arrays[first["xs"]], [step for step, _, _ in curves[0]["curve"]])
    assert json.dumps(panels)
