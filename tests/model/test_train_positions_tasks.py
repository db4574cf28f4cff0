"""The tasks that encodings are compared on: answers are right, and tests are never trained on."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.train import positions_tasks as tasks
from model.train.positions import Trial, begin
from model.train.positions_measure import retrieval, rows_held_out
from model.train.positions_sweep import SEEDS
from model.train.positions_tasks import IGNORED, TASKS, Batch


def numbers(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@given(seed=st.integers(0, 2**32), size=st.integers(4, 70))
def test_offset_says_the_token_three_back(seed: int, size: int) -> None:
    tokens, answers = TASKS["offset"].make(3, size, numbers(seed))
    for row, wanted in zip(tokens.tolist(), answers.tolist(), strict=True):
        assert wanted == [IGNORED] * 3 + [row[i - 3] for i in range(3, size)]


@given(seed=st.integers(0, 2**32), n=st.integers(1, 64))
def test_copy_and_reverse_say_the_letters_after_the_bar(seed: int, n: int) -> None:
    for name in ("copy", "reverse"):
        tokens, answers = TASKS[name].make(3, n, numbers(seed))
        assert tokens.shape == (3, TASKS[name].length(n))
        for row, wanted in zip(tokens.tolist(), answers.tolist(), strict=True):
            letters = row[:n]
            out = letters if name == "copy" else letters[::-1]
            assert max(letters) < tasks.BAR == row[n]
            assert wanted == [IGNORED] * n + out
            assert row[n + 1 :] == out[:-1]  # what the model has said so far


@given(seed=st.integers(0, 2**32), pairs=st.integers(1, 128))
def test_latest_reads_what_was_written_last(seed: int, pairs: int) -> None:
    batch = TASKS["latest"].make(3, 2 * pairs, numbers(seed))
    backs = tasks.distances(batch.tokens)
    guesses = right = 0
    for row, wanted, back in zip(batch.tokens.tolist(), batch.answers.tolist(), backs.tolist(), strict=True):
        memory: dict[int, tuple[int, int]] = {}
        seen: dict[int, list[int]] = {}
        for at in range(0, len(row), 2):
            key, value = row[at], row[at + 1]
            assert 16 <= value < 32
            assert wanted[at + 1] == IGNORED
            if key < 8:
                memory[key] = (value, at)
                assert (wanted[at], back[at]) == (IGNORED, -1)
            else:
                key -= 8
                assert (value, at - back[at]) == memory[key]
                assert wanted[at] == value
                counts = seen[key]
                right += max(range(16, 32), key=lambda v: (counts.count(v), -v)) == value
                guesses += 1
            seen.setdefault(key, []).append(value)
    if guesses:
        assert tasks.unordered(batch) == pytest.approx(right / guesses)


@pytest.mark.parametrize("name", TASKS)
def test_batches_depend_on_the_seed_alone(name: str) -> None:
    torch.manual_seed(1)
    first = [TASKS[name].batch(8, g) for g in [numbers(5)] for _ in range(4)]
    torch.manual_seed(2)
    again = [TASKS[name].batch(8, g) for g in [numbers(5)] for _ in range(4)]
    other = [TASKS[name].batch(8, g) for g in [numbers(6)] for _ in range(4)]
    assert all(torch.equal(a.tokens, b.tokens) for a, b in zip(first, again, strict=True))
    assert not all(
        a.tokens.shape == b.tokens.shape and torch.equal(a.tokens, b.tokens) for a, b in zip(first, other, strict=True)
    )


@pytest.mark.parametrize("name", TASKS)
def test_no_row_of_the_test_is_ever_trained_on(name: str) -> None:
    task = TASKS[name]
    held_out = {bytes(row) for row in rows_held_out(task, task.trained, 128).tokens.to(torch.uint8).tolist()}
    for seed in range(SEEDS):
        g = begin(Trial(name, "none", seed)).numbers
        for _ in range(task.steps):
            rows = task.batch(64, g).tokens.to(torch.uint8).tolist()
            assert held_out.isdisjoint(map(bytes, rows))


def test_copies_grow_to_the_longest() -> None:
    g = numbers()
    sizes = [TASKS["copy"].size(g) for _ in range(2000)]
    assert (min(sizes), max(sizes)) == (1, 16)
    assert sum(s > 8 for s in sizes) > 1200


def test_retrieval_by_distance_counts_all_answers() -> None:
    batch = Batch(*TASKS["latest"].make(64, 256, numbers()))
    found = retrieval(batch, batch.answers == batch.answers)
    assert sum(c["answers"] for c in found["by_distance"].values()) == int((batch.answers != IGNORED).sum())
    assert {c["accuracy"] for c in found["by_distance"].values()} == {1.0}
    assert 1 / 16 < found["unordered"] < 0.95
