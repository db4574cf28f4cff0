"""The trainer of the comparison of encodings, and sweeps that are killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.errors import CheckpointError, ConfigError, GlassformerError
from model.registry import variants
from model.train import positions_table as table
from model.train import positions_tasks as tasks
from model.train import positions_work as at_work
from model.train.positions import Trial, begin, moments, run
from model.train.positions_measure import correct, rows_held_out
from model.train.positions_state import State
from model.train.positions_sweep import DEFAULT_TASKS, SEEDS, encodings, main, missing, trials
from model.train.positions_tasks import TASKS

SHORT = 0.02  # times the usual steps


def weights(state: State) -> dict[str, Tensor]:
    return {name: p.detach().clone() for name, p in state.network.named_parameters()}


# ---- training ----------------------------------------------------------------------------------------------


def test_the_same_trial_gives_the_same_weights_whatever_else_draws_numbers() -> None:
    def draws(state: State) -> None:
        torch.rand(state.step)

    trial = Trial("copy", "rotary", 1, SHORT)
    torch.manual_seed(1)
    first = run(trial, begin(trial))
    torch.manual_seed(2)
    again = run(trial, begin(trial), draws)
    other = run(Trial("copy", "rotary", 2, SHORT), begin(Trial("copy", "rotary", 2, SHORT)))
    assert all(torch.equal(a, b) for a, b in zip(weights(first).values(), weights(again).values(), strict=True))
    assert first.curve == again.curve
    assert first.curve != other.curve


class KilledError(Exception):
    pass


@pytest.mark.parametrize("positional", ["learned", "t5"])
def test_a_run_that_was_stopped_ends_with_the_same_weights(positional: str, tmp_path: Path) -> None:
    trial = Trial("latest", positional, 0, SHORT)
    whole = run(trial, begin(trial))
    path = tmp_path / "state.safetensors"
    for stop in (1, 17, 39):

        def after(state: State, stop: int = stop) -> None:
            if state.step == stop:
                state.save(path)
            if state.step == stop + 1:  # what comes after the last save is lost
                raise KilledError

        with pytest.raises(KilledError):
            run(trial, at_work.resumed(trial, path), after)
    state = begin(trial)
    state.load(path)
    assert state.step == 39
    run(trial, state)
    assert all(torch.equal(a, b) for a, b in zip(weights(whole).values(), weights(state).values(), strict=True))
    assert whole.curve == state.curve
    assert whole.snapshots.keys() == state.snapshots.keys() == set(moments(trial.steps, 10))
    for step, kept in whole.snapshots.items():
        assert all(torch.equal(x, state.snapshots[step][name]) for name, x in kept.items())


def test_a_damaged_or_foreign_state_is_not_gone_on_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "state.safetensors"
    trial = Trial("offset", "none", 0, SHORT)
    begin(Trial("offset", "none", 0, 2 * SHORT)).save(path)
    with pytest.raises(CheckpointError, match="other settings"):
        begin(trial).load(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="not a state"):
        begin(trial).load(path)
    assert at_work.resumed(trial, path).step == 0
    assert "begins anew" in capsys.readouterr().out


def test_training_learns_and_the_table_says_so(tmp_path: Path) -> None:
    trial = Trial("offset", "rotary", 0, 0.3)
    state = run(trial, begin(trial))
    row = table.result(trial, state)
    assert row["converged"]
    assert row["accuracy"] > 0.95
    assert row["curve"][0][2] < 0.2
    assert row["parameters"] == state.network.n_parameters
    table.add(tmp_path, trial, row, state)
    assert table.read(tmp_path) == {trial.key: json.loads(json.dumps(row))}
    assert missing([trial], tmp_path) == []
    assert missing([Trial("offset", "rotary", 0, 0.4)], tmp_path) != []
    assert table.names(tmp_path) == []  # weights are shipped of whole runs only


def test_an_unfinished_run_is_marked() -> None:
    trial = Trial("latest", "none", 0, 0.001)
    row = table.result(trial, run(trial, begin(trial)))
    assert not row["converged"]
    assert 0 <= row["accuracy"] < 0.5


def test_weights_are_shipped_with_their_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TASKS, "offset", tasks.Task(**{**vars(TASKS["offset"]), "steps": 12}))
    trial = Trial("offset", "alibi", 0)
    state = run(trial, begin(trial))
    table.add(tmp_path, trial, table.result(trial, state), state)
    assert table.names(tmp_path) == ["offset-alibi"]
    m = table.load("offset-alibi", folder=tmp_path)
    assert m.card["snapshots"] == list(moments(12, 10))
    for name, p in m.network.named_parameters():
        assert torch.equal(p, state.snapshots[12][name].float())
    untrained = table.load("offset-alibi", 0, tmp_path)
    assert torch.equal(untrained.network.last.W_E, begin(trial).network.last.W_E.half().float())
    assert m.trace(ids=[1, 2, 3, 4])["logits"].shape == (4, 32)
    with pytest.raises(CheckpointError, match="no snapshot at step 999"):
        table.load("offset-alibi", 999, tmp_path)
    with pytest.raises(CheckpointError, match="train-positions"):
        table.load("offset-nothing", folder=tmp_path)


def test_every_encoding_for_a_row_of_tokens_is_compared() -> None:
    assert set(encodings()) <= set(variants("positional"))
    assert {"none", "sinusoidal", "learned", "rotary", "alibi", "t5"} <= set(encodings())
    listed = trials(encodings(), DEFAULT_TASKS, SEEDS, 1.0)
    assert len(listed) == len({t.key for t in listed}) == len(encodings()) * len(DEFAULT_TASKS) * SEEDS
    assert [t.seed for t in listed] == sorted(t.seed for t in listed)
    with pytest.raises(ConfigError, match="nowhere"):
        begin(Trial("offset", "nowhere", 0))


@pytest.mark.parametrize("positional", encodings())
def test_every_encoding_trains_in_batches_and_reads_256_tokens(positional: str) -> None:
    trial = Trial("offset", positional, 0, 0.005)
    state = run(trial, begin(trial))
    loss, _ = correct(state.network, *rows_held_out(TASKS["offset"], 256, 2))
    assert bool(loss[:, 3:].isfinite().all())
    batch = rows_held_out(TASKS["offset"], 20, 3)
    together = state.network(batch.tokens)
    for row, alone in zip(together, batch.tokens, strict=True):
        torch.testing.assert_close(row, state.network(alone), rtol=1e-4, atol=1e-4)


# ---- sweeps ------------------------------------------------------------------------------------------------


def sweeping(tmp_path: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "model.train.positions_sweep", "--encodings", "none,rotary", "--tasks", "offset",
        "--seeds", "1", "--times", "0.2", "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work"), *more,
    ]  # fmt: skip


@pytest.mark.slow
def test_a_killed_sweep_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    """Killed without warning, workers and all notice; the next run does what is left."""
    command = sweeping(tmp_path)
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while not (tmp_path / "out" / table.TABLE).exists():  # one of the two is finished
        assert time.monotonic() < deadline
        assert first.poll() is None
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    done = table.read(tmp_path / "out")
    second = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert f"2 trials, {len(done)} of them done." in second.stdout
    rows = table.read(tmp_path / "out")
    assert len(rows) == 2
    for key, row in done.items():
        assert rows[key] == row
    third = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "2 trials, 2 of them done." in third.stdout
    assert [p.name for p in (tmp_path / "work").iterdir()] == ["lock"]
    trial = Trial("offset", "rotary", 0, 0.2)
    here = table.result(trial, run(trial, begin(trial)))
    assert here["sizes"] == rows[trial.key]["sizes"]


@pytest.mark.parametrize("wrong", [["--tasks", "sums"], ["--encodings", "rotary,rope"], ["--seeds", "0"]])
def test_what_the_sweep_does_not_know_is_refused(
    wrong: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["positions_sweep", *wrong])
    with pytest.raises(SystemExit):
        main()
    assert repr(wrong[1].split(",")[-1]) in capsys.readouterr().err


def test_two_sweeps_do_not_share_a_folder(tmp_path: Path) -> None:
    with (
        at_work.alone(tmp_path),
        pytest.raises(GlassformerError, match="another sweep"),
        at_work.alone(tmp_path),
    ):
        pass
