"""What is asked of pip: to download a wheel, and which package indexes this machine is told to use."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from model.checkpoints import process

_DEFAULT_INDEX = "https://pypi.org/simple"
_SETTING = re.compile(r"(global|download|:env:)\.([\w-]+)=(.*)")
_STRONGER = ("global", "download", ":env:")  # the later one counts


@dataclass(frozen=True)
class Indexes:
    """Package indexes that anybody may read over HTTP, and the certificates to trust; none where only pip gets on."""

    addresses: list[str]
    cert: str | None


def indexes(tick: Callable[[], None]) -> Indexes:
    """As pip is configured, by its files and by the environment."""
    code, said, _ = process.run([sys.executable, "-m", "pip", "config", "list"], lambda _: tick())
    return read_settings(said) if code == 0 else Indexes([], None)


def read_settings(listed: str) -> Indexes:
    """From what `pip config list` writes. With a proxy or a client's certificate of its own, pip is left to do it."""
    found = [match.groups() for line in listed.splitlines() if (match := _SETTING.fullmatch(line.strip()))]
    settings: dict[str, str] = {}
    for _, word, value in sorted(found, key=lambda setting: _STRONGER.index(setting[0])):
        settings[word] = str(ast.literal_eval(value))
    if (
        settings.get("no-index", "0").lower() not in ("0", "false", "no", "off", "")
        or {"proxy", "client-cert"} & settings.keys()
    ):
        return Indexes([], None)
    given = [settings.get("index-url", _DEFAULT_INDEX), *settings.get("extra-index-url", "").split()]
    return Indexes([one for one in given if _is_open(one)], settings.get("cert"))


def _is_open(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and "@" not in parts.netloc  # a name and password are pip's business


def download(requirement: str, folder: Path, tick: Callable[[str], None]) -> str:
    """Runs `pip download` for one wheel, without what it depends on. Returns what went wrong; empty if nothing did.

    Its temporary files are put into `folder` too, so that their growth tells how far it is.
    """
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--quiet",
        "--no-input", "--disable-pip-version-check", "--progress-bar=off", "--timeout=20", "--retries=2",
        "--dest", str(folder), requirement,
    ]  # fmt: skip
    # A download that breaks off is taken up where it stopped, by versions of pip that can; the others ignore this.
    code, said, errors = process.run(
        command, tick, env={**os.environ, "TMPDIR": str(folder), "PIP_RESUME_RETRIES": "5"}
    )
    return (said + errors or "it gave no reason") if code else ""
