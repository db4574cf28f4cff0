"""What the words of a config must be where a stack reads pictures, and what follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model.config_checks import flag, positive
from model.errors import ConfigError
from model.registry import find

if TYPE_CHECKING:
    from model.stack_config import StackConfig

MOST_NUMBERS = 1 << 24  # in one picture: 2364 pixels square in colour
# Words about tokens, and what they are where there are none.
_NO_TOKENS: dict[str, Any] = {"n_segments": 0, "embed_scale": 1.0, "d_embed": None}


def pictures(config: StackConfig) -> dict[str, Any]:
    """The words that follow from the size of the picture and of its patches. Raises ConfigError for sizes that do not
    go together."""
    flag("cls_token", config.cls_token)
    if config.image is None:
        if config.patch is not None:
            raise ConfigError(f"patch={config.patch!r} cuts pictures; give image=(channels, height, width), too.")
        return {}
    image, patch = _sizes("image", config.image, 3), _sizes("patch", config.patch, 2)
    if image[0] * image[1] * image[2] > MOST_NUMBERS:
        raise ConfigError(f"image={image!r} has more than {MOST_NUMBERS:,} numbers; make it smaller.")
    for side, size, step in zip(("height", "width"), image[1:], patch, strict=True):
        if size % step:
            raise ConfigError(f"image={image!r}: its {side}, {size}, is no multiple of the patch's, {step}.")
    for word, usual in _NO_TOKENS.items():
        if getattr(config, word) != usual:
            raise ConfigError(f"{word}={getattr(config, word)!r} is for tokens; with image= leave it out.")
    n = (image[1] // patch[0]) * (image[2] // patch[1]) + config.cls_token
    # A token for each patch, and no vocabulary: whatever the words say that a text model needs.
    return {"image": image, "patch": patch, "n_ctx": n, "d_vocab": 1}


def on_grid(config: StackConfig, options: tuple[tuple[str, Any], ...]) -> tuple[tuple[str, Any], ...]:
    """The options, with the grid of patches where the encoding of positions asks for one."""
    if config.image is None or config.patch is None or find("positional", config.positional).space != "grid":
        return options
    grid = {"grid_columns": config.image[2] // config.patch[1], "grid_first": int(config.cls_token)}
    given = dict(options)
    for name, value in grid.items():
        if given.get(name, value) != value:
            raise ConfigError(f"{name}={given[name]!r} does not fit the picture, whose patches make it {value}.")
    return tuple((given | grid).items())


def _sizes(name: str, given: Any, n: int) -> tuple[int, ...]:
    if not isinstance(given, (tuple, list)) or len(given) != n:
        words = "(channels, height, width)" if n == 3 else "(height, width)"
        raise ConfigError(f"{name}={given!r} must be {words}, {n} whole numbers.")
    for i, size in enumerate(given):
        positive(f"{name}[{i}]", size)
    return tuple(given)
