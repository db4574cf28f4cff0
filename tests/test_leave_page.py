"""The popover "Save as HTML": what it makes, when it makes it anew, and what the browser is told of it."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_compare_page import ZERO
from tests.test_pages import bodies, opened, walk
from viz.arrays import decode
from viz.leave import document
from viz.leave.document import PLACE
from viz.store import FILES


def told(at: AppTest) -> dict[str, Any] | None:
    """What the button for the download was given; None where there is none yet."""
    found = [c for c in at.get("bidi_component") if c.proto.component_name == "glassformer.leave"]
    return decode(found[0].proto.bytes)[0]["leave"] if found else None


def made(at: AppTest) -> dict[str, Any]:
    assert told(at) is None
    at.button(key="leave_make").click().run()
    assert not at.exception
    found = told(at)
    assert found is not None
    return found


def test_a_file_is_made_once_wherever_it_is_to_open() -> None:
    at = walk(input="AABBCC")
    found = made(at)
    assert found["name"] == "glassformer-sort.html"
    assert not found["space"]
    body = FILES.get(found["id"])
    assert body is not None
    assert PLACE.encode() in body
    assert f"{len(body) / 1e6:,.1f} MB" in found["words"]["download"]
    # The same walk from a link that begins elsewhere, and in the scene.
    assert made(walk(input="AABBCC", stage="probs"))["id"] == found["id"]
    at = opened("scene.py", input="AABBCC")
    assert made(at) == {**found, "space": True}
    FILES.remove(found["id"])
    at.run()
    assert FILES.get(found["id"]) == body  # pushed out by others, and still known here


def test_a_comparison_is_taken_along() -> None:
    at = walk(input="AABBCC", compare=ZERO)
    assert "The other one: Weighted values, block 1 of 3, attention head 2: set to 0." in bodies(at)
    found = made(at)
    body = FILES.get(found["id"])
    assert body is not None
    assert b'data-held="compared.zh"' in body
    assert b'data-held="other/cells:probs">' in body
    assert b'data-held="other/cells:embed" data-as="cells:embed"' in body
    # Without the comparison, and against anything else, it is another file.
    assert made(walk(input="AABBCC"))["id"] != found["id"]
    assert made(walk(input="AABBCC", compare="weights:shuffled"))["id"] != found["id"]


def test_another_input_is_another_file() -> None:
    at = walk(input="AABBCC")
    first = made(at)
    at.text_input(key="input_text").set_value("CCBBAA").run()
    assert made(at)["id"] != first["id"]
    at.radio(key="leave_take").set_value("everything").run()
    assert told(at) is None


@pytest.mark.parametrize(("language", "word"), [("en", "Run `make setup`"), ("zh", "请运行 `make setup`")])
def test_a_page_that_is_not_built_is_said(
    language: str, word: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(document, "BUNDLE", tmp_path)
    at = walk(input="ABCABC", lang=language)
    at.button(key="leave_make").click().run()
    assert word in bodies(at)
    assert told(at) is None
