"""Traces that come with the app, so that a real model can be walked through before its weights are here.

`python -m model.shipped` makes them anew; it needs the weights, and fetches them where they are not at hand.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from model.errors import CheckpointError
from model.trace import Trace

TRACES = Path(__file__).parents[1] / "assets" / "traces"
COMMAND = "python -m model.shipped"
# Name of a model -> a sentence whose order matters, and the same with two words in each other's place.
TEXTS = {"smollm2": ("You love me and I love", "I love me and you love")}
FROM_THE_MODEL = (
    "name", "title", "family", "good_for", "parameters", "source", "revision", "licence", "format",
)  # fmt: skip
ROUNDED = "float16: 11 binary digits, about 3 decimal ones; probabilities, means and scales in float32"


@cache
def names() -> list[str]:
    return sorted(card.stem for card in TRACES.glob("*.json"))


def card(name: str) -> dict[str, Any]:
    """What there is to say about a shipped trace: its model's card, the texts and what each predicts, the rounding.

    Raises CheckpointError when it is missing or damaged.
    """
    try:
        found: dict[str, Any] = json.loads((TRACES / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"no trace of {name!r} comes with the app: {error}. `{COMMAND}` makes it.") from error
    return found


@cache
def open_shipped(name: str) -> Trace:
    """The shipped trace of a model, read once. It has no network. Raises CheckpointError."""
    return Trace.load(TRACES / f"{name}.safetensors")


def make(name: str, folder: Path = TRACES) -> None:
    """Traces the model on its sentence and writes the file and its card. Raises CheckpointError."""
    from model.checkpoints import load

    m = load(name, device="cpu")
    text, swapped = TEXTS[name]
    path = folder / f"{name}.safetensors"
    bytes_ = m.trace(text).save(path, everything=True, narrow=True)
    about = {
        **{k: m.card[k] for k in FROM_THE_MODEL}, "text": text, "next": _next(m, text), "swapped": swapped,
        "next_swapped": _next(m, swapped), "rounded": ROUNDED, "bytes": bytes_, "recipe": f"{COMMAND} {name}",
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _next(m: Any, text: str) -> list[tuple[str, float]]:
    """The three likeliest next tokens and their probabilities."""
    top = m.trace(text)["probs"][-1].topk(3)
    pieces = m.tokenizer.pieces(top.indices.tolist())
    return [(piece, round(p, 4)) for piece, p in zip(pieces, top.values.tolist(), strict=True)]


def main() -> None:
    import argparse

    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(TEXTS)}; all unless some are named")
    for name in parser.parse_args().names or TEXTS:
        make(name)


if __name__ == "__main__":
    main()
