"""Work in the background, and the models page that shows it, stops it and says so."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import model
from model.checkpoints import cache
from pages.shared.jobs import Job
from tests.test_pages import bodies, opened


def endless(progress: cache.Progress) -> None:
    for i in range(1000):
        progress(i / 1000, f"step {i}")
        time.sleep(0.05)


def test_a_job_ends_fails_or_is_stopped() -> None:
    job = Job("a", lambda progress: progress(2.0, "nearly") or 7)  # type: ignore[func-returns-value]
    assert job.wait(5)
    assert (job.result, job.fraction, job.words, job.error, job.stopped) == (7, 1.0, "nearly", None, False)
    job = Job("b", lambda _: 1 // 0)
    assert job.wait(5)
    assert isinstance(job.error, ZeroDivisionError)
    job = Job("c", endless)
    assert not job.wait(0.2)
    start = time.monotonic()
    job.stop()
    assert time.monotonic() - start < 1
    assert (job.running, job.stopped, job.result) == (False, True, None)


def press(at: AppTest, label: str) -> None:
    next(b for b in at.button if b.label == label).click().run()


def test_opening_a_model_can_be_cancelled_and_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    real, free = model.load, threading.Event()

    def slow(source: Any, **words: Any) -> model.Model:
        if source == "sort@slow" and not free.is_set():
            endless(cache.reported())
        return real(source, **words)

    monkeypatch.setattr(model, "load", slow)
    at = opened("models.py", model="sort@slow")
    assert not at.exception
    assert "step" in bodies(at)
    press(at, "Cancel")
    at.run()
    assert not at.exception
    assert "Cancelled. Nothing half-made was left behind." in bodies(at)
    free.set()
    press(at, "Try again")
    assert "No model is called" in bodies(at)
