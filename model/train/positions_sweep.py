"""`python -m model.train.positions_sweep`: trains all encodings on all tasks, each with several seeds.

What is in the table already is not trained again. A run that was killed goes on where it was: finished trials are in
the table, unfinished ones have a state in the user's cache that is at most 20 seconds old.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from model.checkpoints.cache import root
from model.errors import GlassformerError
from model.registry import variants
from model.train.positions import Trial
from model.train.positions_local import sweep
from model.train.positions_table import FOLDER, read
from model.train.positions_tasks import TASKS

DEFAULT_TASKS = ("offset", "copy", "latest")
SEEDS = 3
LARGE_SEEDS, LARGE_TIMES = 5, 5.0
LEFT_OUT = {
    "learned_unpadded": "the same as `learned` where nothing is padded",
    "drawn": "whatever a person makes of it",
}


def encodings() -> list[str]:
    """Every encoding of the registry that places tokens in a row, not patches or the nodes of a graph."""
    known: dict[str, Any] = variants("positional")
    return [name for name, encoding in known.items() if encoding.space == "row" and name not in LEFT_OUT]


def trials(names: Iterable[str], tasks: Iterable[str], seeds: int, times: float) -> list[Trial]:
    """All combinations, the first seed of everything first: a run that is cut short has compared all of them once."""
    names, tasks = list(names), list(tasks)
    return [Trial(t, n, s, times) for s in range(seeds) for t in tasks for n in names]


def missing(wanted: list[Trial], out: Path) -> list[Trial]:
    """Those that the table lacks, or has by other settings."""
    rows = read(out)
    return [t for t in wanted if rows.get(t.key, {}).get("recipe") != t.recipe()]


def some_of(known: Iterable[str], what: str) -> Callable[[str], list[str]]:
    """Reads an argument of names with commas. Raises ArgumentTypeError naming the one that is unknown."""
    known = list(known)

    def read_names(given: str) -> list[str]:
        names = list(dict.fromkeys(given.split(",")))
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"{what} {unknown[0]!r} is unknown; choose of {', '.join(known)}")
        return names

    return read_names


def positive(given: str) -> int:
    if not given.isdecimal() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"{given!r} must be a whole number from 1")
    return int(given)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.train.positions_sweep", description=__doc__)
    parser.add_argument("--encodings", type=some_of(encodings(), "encoding"), help="with commas; all of the registry")
    parser.add_argument("--tasks", type=some_of(TASKS, "task"), help=f"with commas, of {', '.join(TASKS)}")
    parser.add_argument("--seeds", type=positive, help=f"how many; {SEEDS}")
    parser.add_argument("--times", type=float, help="so many times the usual steps; weights are kept of 1 only")
    parser.add_argument("--large", action="store_true", help="all tasks, 5 seeds, 5 times the steps: about eight hours")
    parser.add_argument("--workers", type=positive, default=2, help="processes of one thread each")
    parser.add_argument("--nice", type=int, default=0, help="how much they give way to other work, 0 to 19")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for the table and the weights")
    parser.add_argument("--work", type=Path, help="folder for unfinished trials")
    parser.add_argument("--again", action="store_true", help="train also what the table has")
    parser.add_argument("--ray", nargs="?", const="local", help="on a Ray cluster: its address, or local")
    given = parser.parse_args()
    wanted = trials(
        given.encodings or encodings(),
        given.tasks or (TASKS if given.large else DEFAULT_TASKS),
        given.seeds or (LARGE_SEEDS if given.large else SEEDS),
        given.times or (LARGE_TIMES if given.large else 1.0),
    )
    try:
        train(wanted, given)
    except GlassformerError as error:
        raise SystemExit(f"error: {error}") from error


def train(wanted: list[Trial], given: argparse.Namespace) -> None:
    todo = wanted if given.again else missing(wanted, given.out)
    print(f"{len(wanted)} trials, {len(wanted) - len(todo)} of them done.", flush=True)
    if not todo:
        return
    folder = (given.work or root() / "positions").absolute()
    began = time.monotonic()
    if given.ray is None:
        sweep(todo, given.out, folder, given.workers, given.nice)
    else:
        try:
            from model.train.positions_ray import sweep_on_ray
        except ModuleNotFoundError as error:
            raise GlassformerError(f"{error}; install what --ray needs: pip install -r requirements-ray.txt") from error
        sweep_on_ray(todo, given.out, folder, None if given.ray == "local" else given.ray, given.workers)
    print(f"done in {(time.monotonic() - began) / 60:.0f} minutes", flush=True)


if __name__ == "__main__":
    main()
