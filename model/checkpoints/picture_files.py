"""How a folder's pictures become numbers (preprocessor_config.json), and what its labels are called (config.json)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from model.checkpoints import files
from model.checkpoints.reader import ConfigReader
from model.config import TransformerConfig
from model.errors import CheckpointError
from model.pictures import Processor

FILE = "preprocessor_config.json"
# Where a file does not say: as Hugging Face's processor of a ViT.
_RESAMPLE, _FACTOR, _HALF = 2, 1 / 255, 0.5


def open_processor(folder: Path, config: TransformerConfig) -> dict[str, Any] | None:
    """As `Processor.from_dict` reads it; None where the model takes no pictures, or the folder does not say.

    Raises CheckpointError naming the key that is not supported.
    """
    image = None if config.encoder is None else config.encoder.image
    if image is None or not (folder / FILE).is_file():
        return None
    try:
        return _read(ConfigReader(files.read_json(folder / FILE), "vit"), image).to_dict()
    except CheckpointError as error:
        raise CheckpointError(str(error).replace("config.json:", f"{FILE}:", 1)) from error


def _read(reader: ConfigReader, image: tuple[int, int, int]) -> Processor:
    channels, height, width = image
    reader.refuse("do_resize", True, "pictures of any size are given here")
    reader.refuse("do_center_crop", False, "pictures are scaled as a whole")
    reader.refuse("do_pad", False, "pictures are scaled as a whole")
    size = reader.get("size", {"height": 224, "width": 224})
    sides = [size.get(k) for k in ("height", "width")] if isinstance(size, dict) else [size, size]
    if sides != [height, width]:
        reader.wrong("size", f"does not fit config.json, whose pictures are {height} × {width}")
    resample = reader.integer("resample", _RESAMPLE, 5)
    factor = reader.number("rescale_factor", _FACTOR) if reader.flag("do_rescale", True) else 1.0
    normalize = reader.flag("do_normalize", True)
    mean, spread = (_each(reader, key, channels) for key in ("image_mean", "image_std"))
    if not factor or not all(spread):
        raise CheckpointError(f"{FILE}: rescale_factor and image_std must not be 0.")
    if not normalize:
        mean, spread = (0.0,) * channels, (1.0,) * channels
    return Processor(image, factor, mean, spread, resample)


def _each(reader: ConfigReader, key: str, channels: int) -> tuple[float, ...]:
    """One number a channel, which may be given once for all."""
    given = reader.get(key, _HALF)
    given = [given] * channels if isinstance(given, (int, float)) else given
    if not isinstance(given, list) or len(given) != channels or not all(_number(x) for x in given):
        reader.wrong(key, f"must be {channels} numbers, one a colour channel")
    return tuple(map(float, given))


def _number(x: Any) -> bool:
    return isinstance(x, (int, float)) and not isinstance(x, bool) and abs(x) < 1e9


def labels(given: dict[str, Any], config: TransformerConfig) -> list[str] | None:
    """Names of a classifier's labels; None where config.json does not name each of them."""
    named = given.get("id2label")
    if not config.n_labels or not isinstance(named, dict):
        return None
    found = [named.get(str(i)) for i in range(config.n_labels)]
    return [str(name)[:200] for name in found] if all(isinstance(name, str) for name in found) else None
