"""The walkthrough shows how far its work is, can be stopped, and loses nothing."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import model
from model.progress import reported
from pages.shared import loading, waiting
from tests.test_pages import bodies, ids, manifest, param, walk
from viz import prose


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Passes and openings wait for this event, reporting all the while; rows that are known are not affected."""
    loading._run.clear()
    loading._load.clear()
    free = threading.Event()
    real_trace, real_load = model.Model.trace, model.load

    def wait() -> None:
        while not free.is_set():
            reported()(0.25, "block 1 of 3")
            time.sleep(0.01)

    def trace(self: model.Model, *given: Any, **words: Any) -> model.Trace:
        if words.get("text") in ("ABCCBA", "CCCCCB"):
            wait()
        return real_trace(self, *given, **words)

    def load(name: str) -> model.Model:
        if str(name).startswith("sort@"):
            wait()
            return real_load("sort")
        return real_load(name)

    monkeypatch.setattr(model.Model, "trace", trace)
    monkeypatch.setattr(model, "load", load)
    return free


def buttons(at: AppTest) -> set[str | None]:
    return {b.key for b in at.button}


def test_a_slow_pass_shows_how_far_it_is_and_then_itself(held: threading.Event) -> None:
    at = walk(input="BBBBCC", soon=60)
    at.query_params["input"] = "ABCCBA"
    waiting.SOON = 0.05
    at.run()
    assert not at.exception
    assert ids(at) == [[1, 1, 1, 1, 2, 2]]  # what was shown stays
    assert "block 1 of 3" in bodies(at)
    assert "Tokens: 6." in bodies(at)
    assert "<kbd><bdi>A</bdi></kbd>" in bodies(at)
    assert "stop_walk_running" in buttons(at)
    assert at.text_input(key="input_text").value == "ABCCBA"
    held.set()
    at.session_state["walk_running"].wait(20)
    at.run()
    assert ids(at) == [[0, 1, 2, 2, 1, 0]]
    assert "stop_walk_running" not in buttons(at)
    assert "walk_running" not in at.session_state  # a session holds no tensors


def test_a_stopped_pass_loses_nothing_and_can_be_taken_up(held: threading.Event) -> None:
    at = walk(input="BBBBCC", soon=60)
    at.query_params["input"] = "CCCCCB"
    waiting.SOON = 0.05
    at.run()
    start = time.monotonic()
    at.button(key="stop_walk_running").click().run()
    assert time.monotonic() - start < 10
    assert not at.exception
    assert "Nothing was lost; below" in bodies(at)
    assert ids(at) == [[1, 1, 1, 1, 2, 2]]
    assert manifest(at)["model"]["key"] == "sort"
    assert param(at, "input") == "CCCCCB"
    assert at.text_input(key="input_text").value == "CCCCCB"
    assert "again_walk_running" in buttons(at)
    held.set()
    waiting.SOON = 60
    at.button(key="again_walk_running").click().run()
    assert ids(at) == [[2, 2, 2, 2, 2, 1]]


def test_opening_a_model_can_be_stopped(held: threading.Event) -> None:
    at = walk(soon=0.05, model="sort@slow", lang="zh")
    said = prose.catalogue("zh")
    assert "第 1 块，共 3 块" in bodies(at)
    assert manifest(at)["model"]["key"] == "sort"  # of what is shown, not of what is waited for
    at.button(key="stop_walk_opening").click().run()
    assert not at.exception
    assert said.text("page", "stopped") in bodies(at)
    held.set()
    waiting.SOON = 60
    at.button(key="again_walk_opening").click().run()
    assert manifest(at)["model"]["key"] == "sort@slow"
    assert said.text("page", "stopped") not in bodies(at)


def test_typing_on_stops_the_pass_before(held: threading.Event) -> None:
    at = walk(input="BBBBCC", soon=60)
    waiting.SOON = 0.05
    at.query_params["input"] = "ABCCBA"
    at.run()
    before = at.session_state["walk_running"]
    at.query_params["input"] = "CCCCCB"
    at.run()
    assert before.wait(5)
    assert before.stopped
    held.set()
