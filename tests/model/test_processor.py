"""From a file to pixels: as Hugging Face's image processor does it; what is no picture is refused in words."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import model
from model.pictures import MOST_BYTES, Processor


def file_of(picture: Image.Image, kind: str = "PNG", **words: Any) -> bytes:
    held = io.BytesIO()
    picture.save(held, kind, **words)
    return held.getvalue()


def noise(mode: str, width: int, height: int, seed: int = 0) -> Image.Image:
    bands = len(Image.new(mode, (1, 1)).getbands())
    numbers = np.random.default_rng(seed).integers(0, 256, (height, width, bands), dtype=np.uint8)
    return Image.fromarray(numbers.squeeze(-1) if bands == 1 else numbers, mode)


RGB = Processor((3, 6, 8), 1 / 255, (0.5, 0.4, 0.3), (0.5, 0.2, 0.1))
GREY = Processor((1, 5, 5))


@given(
    width=st.integers(1, 40), height=st.integers(1, 40), resample=st.sampled_from((0, 1, 2, 3)), seed=st.integers(0, 99)
)
def test_it_is_what_hugging_face_makes_of_it(width: int, height: int, resample: int, seed: int) -> None:
    from transformers import ViTImageProcessorPil

    ours = Processor((3, 6, 8), 1 / 255, (0.5, 0.4, 0.3), (0.5, 0.2, 0.1), resample)
    picture = noise("RGB", width, height, seed)
    theirs = ViTImageProcessorPil(
        size={"height": 6, "width": 8}, image_mean=list(ours.mean), image_std=list(ours.spread), resample=resample
    )
    wanted = torch.as_tensor(np.array(theirs(picture, return_tensors="np")["pixel_values"][0]))
    assert torch.allclose(ours(file_of(picture)), wanted, atol=1e-5)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA", "I;16", "CMYK"])
def test_every_kind_of_picture_becomes_grey_or_colour(mode: str) -> None:
    picture = Image.new(mode, (9, 7)) if mode in ("1", "I;16", "P") else noise(mode, 9, 7)
    data = file_of(picture, "JPEG" if mode == "CMYK" else "PNG")
    assert RGB(data).shape == (3, 6, 8)
    assert GREY(data).shape == (1, 5, 5)
    assert bool(RGB(data).isfinite().all())


def test_light_and_dark_are_swapped() -> None:
    data = file_of(noise("L", 5, 5))
    assert torch.equal(GREY.levels(data).int() + GREY.levels(data, swapped=True).int(), torch.full((1, 5, 5), 255))


def test_pixels_of_the_right_size_are_kept_and_come_back() -> None:
    picture = noise("RGB", 8, 6)
    levels = RGB.levels(file_of(picture))
    assert torch.equal(levels.permute(1, 2, 0), torch.from_numpy(np.array(picture)))
    assert torch.equal(RGB.shown(RGB.features(levels)), levels)
    assert Processor.from_dict(RGB.to_dict()) == RGB


def test_a_turned_photograph_is_put_upright() -> None:
    picture = noise("L", 4, 6)
    turned = picture.getexif()
    turned[0x0112] = 6  # a quarter turn to the right brings it upright
    upright = Processor((1, 4, 6)).levels(file_of(picture, exif=turned))
    assert torch.equal(upright[0], torch.from_numpy(np.array(picture.rotate(-90, expand=True))))


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims a size and has next to nothing in it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cannot be read"),
        (b"GIF89a", "cannot be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "cannot be read"),
        (file_of(noise("L", 20, 20))[:60], "cannot be read"),
        (file_of(noise("RGB", 40, 40), "JPEG")[:300], "cannot be read"),
        (file_of(noise("L", 4, 4), "GIF"), "PNG or JPEG"),
        (file_of(noise("L", 4, 4), "BMP"), "PNG or JPEG"),
        (bomb(7000, 7000), "7000 × 7000 pixels; at most 40 million"),
        (bomb(100_000, 100_000), "too large; at most 40 million|cannot be read"),
        (bomb(0, 5), "cannot be read"),
        (b"\0" * (MOST_BYTES + 1), "8.0 MB; a picture may have 8 MB"),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(model.InputError, match=message):
        GREY(data)


@given(data=st.binary(max_size=200), at=st.integers(0, 150))
def test_damaged_files_are_refused_or_read(data: bytes, at: int) -> None:
    """Whatever stands in a file: a picture or an error in words, nothing else."""
    good = file_of(noise("L", 9, 9))
    for given_ in (data, good[:at] + data + good[at + len(data) :]):
        with contextlib.suppress(model.InputError):
            assert GREY(given_).shape == (1, 5, 5)
