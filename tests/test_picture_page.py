"""The walkthrough of a model that reads pictures: the gallery, a file of one's own, links, and what is refused."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

import model
from pages.shared import pictures as own
from tests.test_pages import bodies, manifest, opened, param, traced, walk
from viz import pictures, prose


def file_of(pixels: np.ndarray) -> bytes:
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "PNG")
    return held.getvalue()


def decoded(url: str) -> np.ndarray:
    head, _, body = url.partition(",")
    assert head == "data:image/png;base64"
    return np.array(Image.open(io.BytesIO(base64.b64decode(body))))


def give(at: AppTest, data: bytes, name: str = "digit.png") -> AppTest:
    """Uploads a file; AppTest hands it to the widget's callback as the browser does."""
    return at.file_uploader(key="picture_file").set_value((name, data, "image/png")).run()


def test_it_shows_a_picture_at_once() -> None:
    at = walk(model="digits")
    found = traced(at)
    levels, labels = pictures.shipped("digits")
    first = pictures.gallery("digits")[0]
    (side,) = manifest(at)["sides"]
    assert side["pieces"][:3] == ["[CLS]", "r0 c0", "r0 c1"]
    assert side["special"] == [0]
    assert side["patches"]["names"][5] == "row 1, column 0"
    np.testing.assert_array_equal(decoded(side["patches"]["picture"]), levels[first].numpy())
    assert manifest(at)["labels"] == [str(i) for i in range(10)]
    best = int(found["probs"].argmax())
    assert f"a person meant “{int(labels[first])}”" in bodies(at)
    assert f"The model says “{best}”" in bodies(at)
    assert "vocabulary" not in manifest(at)
    assert not at.text_input


@pytest.mark.parametrize("language", prose.languages())
def test_a_link_brings_back_the_picture(language: str) -> None:
    at = walk(model="digits", picture="229", lang=language)
    found, m = traced(at), model.load("digits")
    assert torch.equal(found["features"], pictures.features(m, 229))
    assert "229" in bodies(at)


def test_the_gallery_offers_every_label_and_what_goes_wrong() -> None:
    at = walk(model="digits")
    _, labels = pictures.shipped("digits")
    offered = pictures.gallery("digits")
    assert {int(labels[i]) for i in offered} == set(range(10))
    at.pills(key="picture").set_value("37").run()
    assert param(at, "picture") == "37"
    assert torch.equal(traced(at)["features"], pictures.features(model.load("digits"), 37))
    m = model.load("digits")
    wrong = [i for i in offered if m.logits(features=pictures.features(m, i)).argmax() != labels[i]]
    assert wrong == list(offered[-len(wrong) :])
    assert wrong


def test_a_picture_of_ones_own() -> None:
    at = walk(model="digits")
    pixels = np.zeros((16, 16, 3), dtype=np.uint8)
    pixels[4:12, 6:10] = 255
    give(at, file_of(pixels))
    assert not at.exception
    processor = model.load("digits").processor
    assert processor is not None
    assert torch.equal(traced(at)["features"], processor(file_of(pixels)))
    assert param(at, "picture").startswith(own.KEPT)
    assert "not in the link" in bodies(at)
    at.toggle(key="picture_swapped").set_value(True).run()
    assert torch.equal(traced(at)["features"], processor(file_of(pixels), swapped=True))


def test_a_bad_file_is_refused_and_the_last_picture_stays() -> None:
    at = walk(model="digits", picture="37")
    before = traced(at)["features"]
    give(at, b"<svg onload=alert(1)>")
    assert not at.exception
    assert "cannot be read as a picture" in bodies(at)
    assert torch.equal(traced(at)["features"], before)
    at.pills(key="picture").set_value("11").run()
    assert "gf-problem" not in bodies(at)


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        ("360", "run from 0 to 359"),
        ("-1", "no number"),
        ("<b>", "no number"),
        ("kept:nobody", "only the server"),
        ("9" * 30, "no number"),
    ],
)
def test_links_to_no_picture_are_refused_in_words(picture: str, says: str) -> None:
    at = opened("walkthrough.py", model="digits", picture=picture)
    assert not at.exception
    assert says in bodies(at)
    assert "&lt;b&gt;" in bodies(at) or picture != "<b>"
    assert "features" in traced(at)


def test_text_in_a_link_means_nothing_here() -> None:
    at = walk(model="digits", input="CBABBC", reading="chat", token="4")
    assert "features" in traced(at)
    assert manifest(at)["start"] == {"token": 4}


@pytest.mark.parametrize("weights", ["shuffled", "random"])
def test_controls_read_the_same_picture(weights: str) -> None:
    at = walk(model="digits", picture="37", weights=weights)
    assert torch.equal(traced(at)["features"], pictures.features(model.load("digits"), 37))


def test_other_pages_open_beside_it() -> None:
    for page in ("scene.py", "models.py", "home.py", "positions.py"):
        at = opened(page, model="digits")
        assert not at.exception, page
