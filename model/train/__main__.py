"""`python -m model.train sort`: trains a built-in model and writes its weights and card."""

from __future__ import annotations

import argparse
from pathlib import Path

from model.checkpoints.builtin import WEIGHTS
from model.train import digits, sort

RECIPES = {"digits": digits.main, "sort": sort.main}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.train", description=__doc__)
    parser.add_argument("recipe", choices=sorted(RECIPES))
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder for the weights and the card")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    RECIPES[given.recipe](given.out, given.seed)


if __name__ == "__main__":
    main()
