"""Set views of the scene beside stored pictures, loosely: without words, small, and blurred, since machines draw apart.

A view that is meant to have changed: delete its picture, run this test twice, and look at what it stored."""

import base64
import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.scenes import ask, at_rest, shown, until
from tests.browser.visits import opened

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
STORED = Path(__file__).parent / "looked"
SIZE = (96, 48)
LEAST_ALIKE = 0.8
# Of one form, however much room the page leaves for it.
SIZED = "scene.shots.covered = {top: 40, bottom: 0}; scene.resize(800, 400); "
VIEWS = {
    "opening": ("tokens", "scene.go(true)"),
    "scores": ("blocks.0.attn.attn_scores", "scene.go(true)"),
    "half-a-product": ("blocks.0.mlp.pre", "scene.go(true); scene.computation.scrub(0.5)"),
    "all-of-it": ("blocks.1.resid_mid", "scene.fit(true)"),
}


def taken(page: Page) -> Image.Image:
    """The blocks alone, whatever letters a machine has: numbers lie on a canvas of their own, names are not shown."""
    url = ask(page, "scene.space.labels.begin(); return scene.space.picture(768).toDataURL()")
    picture = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    return picture.convert("RGB").resize(SIZE, Image.Resampling.BOX)


def alike(one: Image.Image, other: Image.Image) -> float:
    """Structural similarity (Wang et al. 2004), mean over patches of 8 x 8 and colours: 1 where they are the same."""
    a, b = (np.asarray(picture, np.float64).reshape(SIZE[1] // 8, 8, SIZE[0] // 8, 8, 3) for picture in (one, other))
    inner = (1, 3)
    low, high = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_a, mean_b = a.mean(inner), b.mean(inner)
    both = (a * b).mean(inner) - mean_a * mean_b
    means = (2 * mean_a * mean_b + low) / (mean_a**2 + mean_b**2 + low)
    return float((means * (2 * both + high) / (a.var(inner) + b.var(inner) + high)).mean())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_set_views_look_as_they_did(scheme: str, app: str, browser: Browser) -> None:
    looked: dict[str, Image.Image] = {}
    with opened(browser, reduced_motion="reduce", color_scheme=scheme) as page:
        for name, (stage, code) in VIEWS.items():
            page.goto(f"{app}/scene#stage={stage}")
            page.reload()
            shown(page, stage)
            until(page, "return scene.stream.faces.size === scene.network.withNumbers.length")
            ask(page, SIZED + code)
            at_rest(page)
            looked[name] = taken(page)
    missing: list[str] = []
    for name, picture in looked.items():
        file = STORED / f"{name}-{scheme}.png"
        if not file.exists():
            picture.save(file)
            missing.append(file.name)
            continue
        assert alike(picture, Image.open(file).convert("RGB")) > LEAST_ALIKE, name
    assert not missing, "these were not there and are stored now; look at them and run again"
    # What is compared tells views apart at all.
    names = list(looked)
    for one, other in itertools.pairwise(names):
        assert alike(looked[one], looked[other]) < LEAST_ALIKE, (one, other)
