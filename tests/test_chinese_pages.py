"""The controls around a walk in Chinese: nothing in English but names and what somebody typed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_pages import bodies, opened

ENGLISH = re.compile(r"[A-Za-z]{2,}'? [a-z]{2,}")
# Names of models and files, and the language's own name for itself.
NAMES = re.compile(r"English|all-MiniLM-L6-v2|SmolLM2-135M-Instruct|\b(?:LayerNorm|RMSNorm|softplus)\b")


def said(at: AppTest) -> Iterator[str]:
    for kind in ("selectbox", "number_input", "checkbox", "text_input", "button", "pills", "segmented_control"):
        for element in getattr(at, kind):
            yield str(element.label)
            yield str(getattr(element, "help", None) or "")
            if kind != "pills" or element.key == "preset":  # the others are inputs
                yield from map(str, getattr(element, "options", []))
    for expander in at.expander:
        yield str(expander.label)
    yield re.sub(r"<[^>]*>|“[^”]*”|'[^']*'", " ", bodies(at))


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"input": "abcxyz"},
        {"input": "A" * 20},
        {"model": "/nowhere"},
        {"model": "scratch"},
        {"model": "scratch", "net": "positional=xpos;mask=sliding_window"},
        {"model": "scratch", "net": "positional=magnetic_laplacian;attention=grouped_query;n_kv_heads=1"},
        {"model": "scratch", "net": "architecture=encoder-decoder;positional=t5;norm=rms_plus_one"},
        {"model": "scratch", "net": "n_heads=3"},
        {"model": "scratch", "net": "positional=nothing"},
        {"model": "scratch", "input": "1 2 x"},
        {"input_kept": "gone"},
    ],
)
def test_controls_in_chinese(query: dict[str, str]) -> None:
    at = opened("walkthrough.py", lang="zh", **query)  # type: ignore[arg-type]
    assert not at.exception
    found = [text for text in said(at) if ENGLISH.search(NAMES.sub("", text))]
    assert not found
    assert len(list(said(at))) > 5


def test_english_would_be_found() -> None:
    found = [text for text in said(opened("walkthrough.py")) if ENGLISH.search(NAMES.sub("", text))]
    assert any("Shuffled" in text or "path" in text or "folder" in text for text in found)
