"""Runs that people start and watch: real processes, small runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from model.errors import ConfigError, InputError
from model.train import positions_live as live
from model.train import positions_seen as seen
from model.train.positions import Trial, begin, moments, run
from model.train.positions_apart import LOOKS, attention, watched
from model.train.positions_live import Service
from model.train.positions_seen import Run, trial_of
from model.train.positions_table import result

PATIENCE = 180.0  # seconds; nothing here is about the machine's speed
LONG = trial_of("latest", "none", 0, 5000)


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.close()


def until(service: Service, room: str, wanted: Callable[[list[Run]], bool]) -> list[Run]:
    end = time.monotonic() + PATIENCE
    while not wanted(found := service.runs(room)):
        assert time.monotonic() < end, [(r.state, r.step, r.said) for r in found]
        time.sleep(0.02)
    return found


def steps(n: int, at: int = 0) -> Callable[[list[Run]], bool]:
    return lambda runs: runs[at].step >= n


def states(*wanted: str) -> Callable[[list[Run]], bool]:
    return lambda runs: [r.state for r in runs] == list(wanted)


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def gone(*pids: int) -> None:
    end = time.monotonic() + 60
    while any(map(alive, pids)):
        assert time.monotonic() < end
        time.sleep(0.02)


def as_if_never_interrupted(found: Run, trial: Trial) -> None:
    """Its curve and its attention are those of the trial run through in this process."""
    state = run(trial, begin(trial))
    assert found.curve == state.curve
    assert list(found.looks) == list(moments(trial.steps, LOOKS))
    np.testing.assert_array_equal(found.looks[trial.steps], attention(state.network, watched("offset")).numpy())


@pytest.mark.slow
def test_a_live_run_is_the_trial_bit_for_bit(service: Service) -> None:
    trial = trial_of("offset", "rotary", 3, 24)
    service.start("a", [trial])
    (found,) = until(service, "a", states(seen.FINISHED))
    state = run(trial, begin(trial))
    assert found.curve == state.curve
    assert found.step == trial.steps == 24
    row = result(trial, state)
    assert found.row is not None
    assert {k: v for k, v in found.row.items() if k != "seconds"} == {
        k: v for k, v in json.loads(json.dumps(row)).items() if k != "seconds"
    }
    assert found.parameters == state.network.n_parameters
    assert list(found.looks) == list(moments(24, LOOKS))
    np.testing.assert_array_equal(found.looks[24], attention(state.network, watched("offset")).numpy())
    np.testing.assert_array_equal(found.looks[0], attention(begin(trial).network, watched("offset")).numpy())
    assert found.looks[24].shape == (2, 4, 16, 16)
    np.testing.assert_allclose(found.looks[24].sum(-1), 1, rtol=1e-5)


@pytest.mark.slow
def test_pause_really_pauses_and_a_resumed_run_ends_the_same(service: Service) -> None:
    trial = trial_of("offset", "alibi", 0, 150)
    (id_,) = service.start("a", [trial])
    until(service, "a", steps(20))
    pid = service._processes[id_].pid
    service.pause("a", id_)
    (paused,) = until(service, "a", states(seen.PAUSED))
    assert 20 <= paused.step < 150
    time.sleep(1.0)
    assert service.runs("a")[0].step == paused.step
    gone(pid)
    service.resume("a", id_)
    until(service, "a", steps(paused.step + 1))
    (found,) = until(service, "a", states(seen.FINISHED))
    as_if_never_interrupted(found, trial)


@pytest.mark.slow
def test_a_paused_run_gives_its_place_to_the_next_and_stop_ends_the_process(service: Service) -> None:
    ids = service.start("a", [LONG] * 3)
    runs = until(service, "a", lambda runs: all(r.step for r in runs[:2]))
    assert [r.state for r in runs] == [seen.RUNNING, seen.RUNNING, seen.WAITING]
    assert [r.place for r in runs] == [0, 0, 1]
    time.sleep(0.5)
    assert service.runs("a")[2].step == 0
    pids = {id_: p.pid for id_, p in service._processes.items()}
    assert set(pids) == set(ids[:2])
    for pid in pids.values():
        assert os.getpriority(os.PRIO_PROCESS, pid) >= 10
        assert len(list(Path(f"/proc/{pid}/task").iterdir())) <= 3  # it trains, it listens; no pool of torch's
    service.pause("a", ids[0])
    until(service, "a", states(seen.PAUSED, seen.RUNNING, seen.RUNNING))
    service.stop("a", ids[1])
    (_, stopped, _) = until(service, "a", states(seen.PAUSED, seen.STOPPED, seen.RUNNING))
    gone(pids[ids[1]])
    assert stopped.step > 0
    assert stopped.curve
    assert service.runs("a")[1].step == stopped.step
    service.resume("a", ids[1])  # for good
    assert service.runs("a")[1].state == seen.STOPPED
    service.remove("a", ids[0])
    assert len(service.runs("a")) == 2
    assert not list(Path(service._folder.name).glob(f"{ids[0]}*"))


def test_rooms_take_turns_and_see_only_their_own(service: Service) -> None:
    service.start("a", [LONG] * 4)
    (other,) = service.start("b", [LONG])
    assert [r.place for r in service.runs("a")] == [0, 0, 2, 3]
    assert [r.place for r in service.runs("b")] == [1]
    with pytest.raises(InputError, match="not on this server"):
        service.stop("a", other)
    with pytest.raises(InputError, match="not on this server"):
        service.pause("a", "nothing")


@pytest.mark.slow
def test_a_process_that_dies_says_so_and_its_run_goes_on_from_what_was_saved(service: Service) -> None:
    trial = trial_of("offset", "learned", 0, 120)
    (id_,) = service.start("a", [trial])
    until(service, "a", steps(30))
    service.pause("a", id_)
    until(service, "a", states(seen.PAUSED))
    saved = service.runs("a")[0].step
    service.resume("a", id_)
    until(service, "a", steps(saved + 10))
    os.kill(service._processes[id_].pid, signal.SIGKILL)
    (dead,) = until(service, "a", states(seen.DIED))
    assert "SIGKILL" in dead.said
    assert "memory" in dead.said
    assert dead.step > saved
    service.resume("a", id_)
    (found,) = until(service, "a", states(seen.FINISHED))
    as_if_never_interrupted(found, trial)


@pytest.mark.slow
def test_what_goes_wrong_inside_is_told(service: Service) -> None:
    service.start("a", [Trial("offset", "nowhere", 0)])
    (dead,) = until(service, "a", states(seen.DIED))
    assert "nowhere" in dead.said
    path = Path(service._folder.name)
    service.start("b", [LONG])
    until(service, "b", steps(5))
    (blocked,) = (r for r in service.runs("b"))
    (path / f"{blocked.id}.part").mkdir()  # no state can be saved
    service.pause("b", blocked.id)
    (dead,) = until(service, "b", states(seen.DIED))
    assert "by itself with code 1" in dead.said
    (path / f"{blocked.id}.part").rmdir()


def test_what_is_too_much_is_refused_in_words() -> None:
    service = Service(at_once=0, of_room=2, overall=3, kept=4)  # nothing is begun
    first = service.start("a", [LONG, LONG])
    with pytest.raises(InputError, match="you have 2 runs that have not ended and asked for 1 more; 2 can be"):
        service.start("a", [LONG])
    service.start("b", [LONG])
    with pytest.raises(InputError, match="this server takes 3"):
        service.start("c", [LONG])
    service.stop("a", first[0])
    (third,) = service.start("c", [LONG])
    service.stop("c", third)
    service.start("c", [LONG])  # the fifth: the oldest ended one is dropped
    assert [r.state for r in service.runs("a")] == [seen.WAITING]
    assert len(service.runs("c")) == 2
    service.close()


def test_paused_runs_that_nobody_looks_at_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(at_once=0, overall=1)
    (left,) = service.start("a", [LONG])
    service.pause("a", left)
    with pytest.raises(InputError):
        service.start("b", [LONG])
    monkeypatch.setattr(live, "ABANDONED", -1.0)
    service.start("b", [LONG])
    assert service.runs("a") == []
    service.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"task": "sums"}, "sums"),
        ({"positional": "nowhere"}, "nowhere"),
        ({"steps": 0}, "steps is 0; it can be from 1 to 5,000"),
        ({"steps": 10**9}, "steps"),
        ({"seed": -1}, "seed is -1"),
        ({"options": {"rope_base": 1}}, "rope_base"),
    ],
)
def test_a_wrong_choice_is_named(words: dict, said: str) -> None:
    with pytest.raises((InputError, ConfigError), match=said):
        trial_of(**({"task": "offset", "positional": "none", "seed": 0, "steps": 100} | words))


def test_options_of_the_encoding_make_another_trial() -> None:
    given = trial_of("offset", "rotary", 0, 600, {"rotary_base": 100.0})
    assert given != (plain := trial_of("offset", "rotary", 0, 600))
    assert given.key != plain.key == "offset-rotary-0"
    assert Trial(**json.loads(json.dumps(vars(given)))) == given
    assert "options" not in plain.recipe()
    assert given.recipe() == json.loads(json.dumps(given.recipe()))
    assert all(trial_of("copy", "none", 0, n).steps == n for n in range(1, 5001))


@pytest.mark.slow
def test_processes_end_with_their_parent(tmp_path: Path) -> None:
    script = (
        "import time\n"
        "from model.train.positions_live import Service\n"
        "from model.train.positions_seen import trial_of\n"
        "s = Service()\n"
        "s.start('a', [trial_of('latest', 'none', 0, 5000)] * 2)\n"
        "while not all(r.step for r in s.runs('a')): time.sleep(0.05)\n"
        "print(*(p.pid for p in s._processes.values()), flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(pids) == 2
    parent.kill()
    parent.wait()
    parent.stdout.close()
    gone(*pids)
