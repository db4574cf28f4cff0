"""A model from the Hugging Face hub, by `owner/name` or `owner/name@revision`.

Only the configs, safetensors and tokenizer files are fetched, into huggingface_hub's own cache: what other programs
fetched before is found there. Without a network the cached revision is used.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import torch

from model.checkpoints import files, folder, process
from model.checkpoints.cache import Progress, part
from model.errors import CheckpointError
from model.model import Model

_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}(@[\w./-]{1,100})?")
_WEIGHTS = re.compile(r"model(-\d+-of-\d+)?\.safetensors")
_OTHERS = frozenset({
    "config.json", "model.safetensors.index.json", "tokenizer.json", "tokenizer_config.json", "vocab.json",
    "special_tokens_map.json", "merges.txt", "vocab.txt", "added_tokens.json", "chat_template.jinja",
    "preprocessor_config.json", "generation_config.json",
})  # fmt: skip
_PATTERNS = [*sorted(_OTHERS), "model.safetensors", "model-*-of-*.safetensors"]
_PATIENCE = 10  # seconds
_DOWNLOAD = """import json, sys
from huggingface_hub import snapshot_download
print(snapshot_download(**json.load(sys.stdin)))"""


def is_id(source: str) -> bool:
    return _ID.fullmatch(source) is not None and ".." not in source


def load(source: str, device: torch.device, dtype: torch.dtype | None, progress: Progress) -> Model:
    """Raises CheckpointError when there is no such model, no network, or nothing in it that can be read."""
    name, _, revision = source.partition("@")
    progress(0.0, f"asking the hub for {name}")
    path, about = fetch(name, revision or None, part(progress, 0, 0.8))
    return folder.load(path, device, dtype, about, part(progress, 0.8, 1))


def fetch(name: str, revision: str | None, progress: Progress) -> tuple[Path, dict[str, Any]]:
    """(the folder in the hub's cache, what the card says of it)"""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    endpoint = os.environ.get("HF_ENDPOINT")
    api = HfApi(endpoint=endpoint)
    try:
        about = process.call(
            lambda: api.model_info(name, revision=revision, files_metadata=True, timeout=_PATIENCE),
            lambda: progress(0.0, f"asking the hub for {name}"),
        )
        wanted = _choose(name, {s.rfilename: s.size or 0 for s in about.siblings or []})
        path = _download(name, revision, sum(wanted.values()), endpoint, progress)
    except GatedRepoError as error:
        raise CheckpointError(_gated(name)) from error
    except RevisionNotFoundError as error:
        raise CheckpointError(f"{name} has no revision {revision!r} on the hub.") from error
    except RepositoryNotFoundError as error:
        raise CheckpointError(f"{name} is no model on the hub (or a private one).") from error
    except CheckpointError:
        raise
    except Exception as error:  # no network, or the hub is in trouble: each layer below has its own exceptions
        return _offline(name, revision, error)
    licence = getattr(about.card_data, "license", None)
    return path, _card(name, path, licence if isinstance(licence, str) else None)


def _gated(name: str) -> str:
    return f"{name}: its authors ask for their terms to be accepted on the hub first."


def _download(name: str, revision: str | None, total: int, endpoint: str | None, progress: Progress) -> Path:
    """The snapshot's folder. The hub's client has threads that cannot be stopped, so it runs in a process that can."""
    words = f"fetching {name}, {total / 1e6:,.0f} MB"
    place = cache_folder() / f"models--{name.replace('/', '--')}" / "blobs"
    before = _sizes(place)
    given = {"repo_id": name, "revision": revision, "allow_patterns": _PATTERNS, "endpoint": endpoint}

    def tick(_: str) -> None:
        grown = sum(_sizes(place).values()) - sum(before.values())
        progress(min(grown / max(total, 1), 1.0), words)

    finished = False
    try:
        code, said, errors = process.run(
            [sys.executable, "-c", _DOWNLOAD], tick, given=json.dumps({**given, "cache_dir": str(cache_folder())})
        )
        finished = True
    finally:
        if not finished:  # stopped: what the hub's client would resume from is ours to remove, others' is not
            for left in _sizes(place).keys() - before.keys():
                if left.suffix == ".incomplete":
                    left.unlink(missing_ok=True)
    if code:
        last = (errors.strip().splitlines() or ["no reason given"])[-1]
        raise CheckpointError(_gated(name)) if "GatedRepoError" in errors else OSError(last)
    return Path(said.strip().splitlines()[-1])


def _sizes(folder: Path) -> dict[Path, int]:
    found = {}
    for path in folder.glob("*"):
        with contextlib.suppress(OSError):  # renamed meanwhile
            found[path] = path.stat().st_size
    return found


def _card(name: str, snapshot: Path, licence: str | None) -> dict[str, Any]:
    # The cache names each snapshot's folder by its commit.
    return {"name": name, "source": f"hub: {name}", "revision": snapshot.name, "licence": licence}


def _choose(name: str, listed: dict[str, int]) -> dict[str, int]:
    """The files that will be fetched, with their sizes. Raises CheckpointError when they are of no use or too many."""
    weights = {file: size for file, size in listed.items() if _WEIGHTS.fullmatch(file)}
    if "config.json" not in listed:
        raise CheckpointError(f"{name} on the hub has no config.json; it is no transformer in Hugging Face layout.")
    if not weights:
        pickled = next((file for file in sorted(listed) if Path(file).suffix in files.PICKLES), None)
        told = f" but {pickled}, a pickle, which is never read. {files.CONVERT}" if pickled else "."
        raise CheckpointError(f"{name} on the hub has no model.safetensors{told}")
    wanted = weights | {file: size for file, size in listed.items() if file in _OTHERS}
    free = shutil.disk_usage(_existing(cache_folder())).free
    if sum(wanted.values()) > free:
        raise CheckpointError(
            f"{name} is {sum(wanted.values()) / 1e6:,.0f} MB; {free / 1e6:,.0f} MB are free. "
            f"Free some, or set HF_HOME to a folder on a larger disk."
        )
    return wanted


def cache_folder() -> Path:
    """Where huggingface_hub keeps what it fetched, for all programs of this user."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def _existing(path: Path) -> Path:
    return path if path.exists() or path.parent == path else _existing(path.parent)


def _offline(name: str, revision: str | None, why: Exception) -> tuple[Path, dict[str, Any]]:
    """What the cache holds, when the hub cannot be asked."""
    from huggingface_hub import snapshot_download

    try:
        path = Path(snapshot_download(name, revision=revision, allow_patterns=_PATTERNS, local_files_only=True))
    except (OSError, ValueError) as error:
        said = str(why).strip().splitlines() or [type(why).__name__]
        raise CheckpointError(
            f"{name} is not on this machine and the hub cannot be reached ({said[0][:200]}). "
            f"Load it where there is a network, or give the path of a folder."
        ) from error
    return path, _card(name, path, None)
