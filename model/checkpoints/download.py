"""One file of a package index, over HTTP, taken up again where an earlier try broke off.

A program of its own that needs the standard library only, so that whoever waits for it can stop it at any moment:
`python download.py` reads what `fetch` takes as one JSON object from its input.
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import Request, urlopen

TIMEOUT = 20  # seconds without a byte
_CHUNK = 1 << 18
_MOST_INDEX = 16 << 20  # bytes
_SIMPLE = "application/vnd.pypi.simple.v1+json, text/html;q=0.2"  # both forms an index may have (PEP 691, PEP 503)


def fetch(
    indexes: list[str], project: str, file: str, size: int, part: str, cert: str | None, tries: int, pause: float
) -> None:
    """Appends to `part` until it has `size` bytes.

    indexes       addresses of package indexes, the first that lists the file is taken
    project, file what is sought there
    cert          certificates to trust instead of the system's
    tries, pause  how often in a row a try may bring nothing, and seconds between two, growing

    Raises OSError or HTTPException when the file cannot be had; what has arrived is kept.
    """
    context = ssl.create_default_context(cafile=cert)
    address = _address(indexes, project, file, context)
    target, fruitless = Path(part), 0
    while (have := _length(target)) < size:
        try:
            _append(address, target, have, size, context)
        except (OSError, http.client.HTTPException) as error:
            if fruitless == tries or (isinstance(error, HTTPError) and error.code < 500):
                raise
        fruitless = 0 if _length(target) > have else fruitless + 1
        if fruitless > tries:
            raise OSError(f"{urlsplit(address).netloc} sends nothing more")
        time.sleep(pause * fruitless)


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _append(address: str, target: Path, have: int, size: int, context: ssl.SSLContext) -> None:
    """Adds what one answer brings. A server may send the whole file although it was asked for the rest."""
    with _open(address, {"Range": f"bytes={have}-", "Accept-Encoding": "identity"}, context) as answer:
        rest = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        wanted = size - have if rest else size
        with target.open("ab" if rest else "wb", buffering=0) as out:
            while wanted and (chunk := answer.read(min(_CHUNK, wanted))):
                out.write(chunk)
                wanted -= len(chunk)


def _address(indexes: list[str], project: str, file: str, context: ssl.SSLContext) -> str:
    """Where the first index that lists the file keeps it. Raises OSError when none does, with the last reason."""
    reason: Exception = OSError("no index to ask")
    for index in indexes:
        try:
            with _open(f"{index.rstrip('/')}/{project}/", {"Accept": _SIMPLE}, context) as answer:
                listed = _listed(answer.read(_MOST_INDEX), answer.headers.get_content_type())
                base = answer.url
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = error
            continue
        for link in listed:
            address = urljoin(base, link).partition("#")[0]
            if unquote(urlsplit(address).path).rpartition("/")[2] == file:
                return address
        reason = OSError(f"{index} has no {file}")
    raise OSError(str(reason)) from reason


def _listed(page: bytes, kind: str) -> list[str]:
    """The links of an index's page."""
    if kind.endswith("json"):
        return [str(entry["url"]) for entry in json.loads(page)["files"]]
    links = _Links()
    links.feed(page.decode(errors="replace"))
    return links.found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _open(address: str, headers: dict[str, str], context: ssl.SSLContext) -> Any:
    if urlsplit(address).scheme not in ("http", "https"):
        raise OSError(f"{address[:200]} is no http address")
    return urlopen(Request(address, headers={"User-Agent": "glassformer", **headers}), timeout=TIMEOUT, context=context)  # noqa: S310


def main() -> None:
    try:
        fetch(**json.load(sys.stdin))
    except (OSError, http.client.HTTPException) as error:
        sys.exit(str(error) or type(error).__name__)


if __name__ == "__main__":
    main()
