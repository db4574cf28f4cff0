"""From a picture in a file to the numbers that a model was trained on, and back to colours.

In this order: the right way up, grey or colour, the model's size, times a factor, less the mean, over the spread. It is
what Hugging Face's image processor of a ViT does, step by step.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from model.errors import InputError

MOST_BYTES = 8 << 20  # of a file
MOST_PIXELS = 40_000_000  # of a picture as it comes in: decoding takes three or four bytes for each
FORMATS = ("PNG", "JPEG")


@dataclass(frozen=True)
class Processor:
    """image   (channels, height, width) of what comes out; one channel is grey, three are red, green and blue
    factor  of the numbers 0 to 255 of a file
    mean    subtracted, one a channel; spread: what is divided by then
    resample  a filter of Pillow's by its number: 0 nearest, 1 Lanczos, 2 bilinear, 3 bicubic, 4 box, 5 Hamming
    """

    image: tuple[int, int, int]
    factor: float = 1 / 255
    mean: tuple[float, ...] = (0.0,)
    spread: tuple[float, ...] = (1.0,)
    resample: int = 2

    def __call__(self, data: bytes, swapped: bool = False) -> Tensor:
        """[channel, row, column] features of a PNG or JPEG file. swapped: light for dark, as in a negative.

        Raises InputError for anything else, and for a picture that is too large.
        """
        return self.features(self.levels(data, swapped))

    def levels(self, data: bytes, swapped: bool = False) -> Tensor:
        """[channel, row, column] whole numbers 0 to 255 at the model's size."""
        import numpy as np
        from PIL import Image

        channels, height, width = self.image
        picture = opened(data).convert("L" if channels == 1 else "RGB")
        small = picture.resize((width, height), Image.Resampling(self.resample))
        levels = torch.from_numpy(np.array(small)).view(height, width, -1).permute(2, 0, 1)
        return 255 - levels if swapped else levels

    def features(self, levels: Tensor) -> Tensor:
        """What the model takes, from numbers 0 to 255."""
        return (levels.float() * self.factor - _column(self.mean)) / _column(self.spread)

    def shown(self, features: Tensor) -> Tensor:
        """[channel, row, column] whole numbers 0 to 255, from features. What lies outside is cut off."""
        levels = (features.float() * _column(self.spread) + _column(self.mean)) / self.factor
        return levels.round().clamp(0, 255).to(torch.uint8)

    def to_dict(self) -> dict[str, Any]:
        return {
            "image": list(self.image), "factor": self.factor, "mean": list(self.mean), "spread": list(self.spread),
            "resample": self.resample,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Processor:
        return cls(
            tuple(data["image"]), float(data["factor"]), tuple(data["mean"]), tuple(data["spread"]),
            int(data["resample"]),
        )  # fmt: skip


def opened(data: bytes) -> Any:
    """The picture of a file, decoded and the right way up. Its size is looked at before it is decoded."""
    from PIL import Image, ImageOps

    if len(data) > MOST_BYTES:
        raise InputError(f"this file has {len(data) / 2**20:.1f} MB; a picture may have {MOST_BYTES >> 20} MB at most.")
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
        if picture.width * picture.height > MOST_PIXELS:
            raise InputError(
                f"this picture has {picture.width} × {picture.height} pixels; "
                f"at most {MOST_PIXELS // 1_000_000} million are opened. Make it smaller."
            )
        picture.load()
        return ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(
            f"this picture is too large; at most {MOST_PIXELS // 1_000_000} million pixels are opened. Make it smaller."
        ) from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"this file cannot be read as a picture; give a {' or '.join(FORMATS)} file.") from error


def _column(numbers: tuple[float, ...]) -> Tensor:
    return torch.tensor(numbers).view(-1, 1, 1)
