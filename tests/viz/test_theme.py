"""Colours can be told from a white page and from a near-black one."""

from viz import theme


def test_colours_stay_apart_from_the_page() -> None:
    for background in ((255, 255, 255), (14, 17, 23)):
        for name, colour in {**theme.AXIS_COLOURS, **theme.PLACE_COLOURS}.items():
            assert _contrast(_rgb(colour), background) >= 3, name


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _contrast(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Of two colours, as the accessibility guidelines define it."""
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[int, ...]) -> float:
    parts = [c / 255 for c in colour]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
