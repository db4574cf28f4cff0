"""A walk in one file: the same each time, nothing fetched, safe whatever was typed, true about what it lacks."""

import base64
import gzip
import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import model
from model import Trace
from model.progress import reporting
from tests.viz.every_variant import trace as variant
from tests.viz.test_leave_read import holding, traced
from viz import prose
from viz.arrays import decode
from viz.leave import document, file
from viz.leave.taking import TAKES, Take, fitting
from viz.manifest import About, Start, manifest
from viz.stage_page import stage_page

HOSTILE = "</script><script>alert(1)</script><!--\"'\u2028\ud800&"
CODE = "document.title += '!'"


@pytest.fixture(autouse=True)
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of one line: what is tested here is around it."""
    (tmp_path / "page.js").write_text(CODE, encoding="utf-8")
    (tmp_path / "licences.txt").write_text("some package 1.0 (MIT)\n", encoding="utf-8")
    monkeypatch.setattr(document, "BUNDLE", tmp_path)
    return tmp_path


def composed(trace: Trace, take: str = "walk", **about: Any) -> bytes:
    abouts = [About("secret-id", "tiny", language=code, **about) for code in file.languages("en")]
    return file.compose(trace, abouts, take)


class Read(HTMLParser):
    """Tags with their attributes, and what stands in each script."""

    def __init__(self, page: bytes):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.inside = False
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag == "script"
        if self.inside:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.scripts[-1] += data

    @property
    def about(self) -> dict[str, Any]:
        place = [a for t, a in self.tags if t == "script"].index({"type": "application/json", "id": "about"})
        return json.loads(self.scripts[place])

    @property
    def chunks(self) -> dict[str, bytes]:
        attributes = [a for t, a in self.tags if t == "script"]
        return {
            str(a["data-held"]): gzip.decompress(base64.b64decode(text))
            for a, text in zip(attributes, self.scripts, strict=True)
            if "data-held" in a
        }


def test_the_same_trace_gives_the_same_file_without_the_servers_secret() -> None:
    page = composed(traced(), "everything")
    assert page == composed(traced(), "everything")
    assert b"secret-id" not in page
    assert all(b"secret-id" not in chunk for chunk in Read(page).chunks.values())


def test_where_it_opens_is_for_the_browser_to_write() -> None:
    page = composed(traced())
    assert page.count(document.PLACE.encode()) == 1
    assert page.index(document.PLACE.encode()) < 4096 - len(document.PLACE)
    source = (Path(file.__file__).parents[1] / "web" / "src" / "leave" / "place.ts").read_text(encoding="utf-8")
    assert f"const MARK = `{document.PLACE}`" in source


def test_nothing_is_fetched_and_one_script_runs() -> None:
    read = Read(composed(traced()))
    for tag, attributes in read.tags:
        assert not {"src", "href", "action", "srcset", "onload", "onerror"} & set(attributes), tag
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form")
    policy = next(str(a["content"]) for _, a in read.tags if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert not {"connect-src", "frame-src", "worker-src", "object-src", "media-src"} & rules.keys()
    assert rules["font-src"] == "data:"
    assert rules["img-src"] == "data:"  # patches of a picture, behind the axes
    assert rules["script-src"] == f"'sha256-{base64.b64encode(hashlib.sha256(CODE.encode()).digest()).decode()}'"
    run = [
        s for (t, a), s in zip([x for x in read.tags if x[0] == "script"], read.scripts, strict=True) if "type" not in a
    ]
    assert run == [CODE]


def test_what_was_typed_is_never_markup() -> None:
    trace = traced()
    alone = Trace(trace.plan, {n: trace[n] for n in trace.names}, None, trace.inputs, config=trace.config)
    alone.pieces = {3: HOSTILE, 1: "<b>", 4: "x"}
    page = composed(alone, card={"title": HOSTILE})
    read = Read(page)
    known = {"html", "head", "meta", "title", "style", "body", "div", "noscript", "script"}
    assert {tag for tag, _ in read.tags} == known
    assert page.lower().count(b"<script") == page.lower().count(b"</script>") == len(read.scripts)
    assert b"<!--" not in page
    assert all(text.isascii() and "<" not in text for text in read.scripts)
    assert read.about["said"]["en"]["title"] == HOSTILE
    sides = json.loads(read.chunks["manifest.en"])["sides"]
    assert sides[0]["pieces"][0] == "</script><script>alert(1)</script><!--\"'U+2028U+D800&"


def test_chunks_hold_the_numbers_to_the_last_bit() -> None:
    trace = traced()
    chunks = Read(composed(trace)).chunks
    for stage in trace.stages:
        if stage.same_as is None:
            header, (values,) = decode(chunks[f"cells:{stage.name}"])
            assert header["tensors"][0]["name"] == stage.name
            assert (values == trace[stage.name].float().numpy()).all()
        else:
            assert f"cells:{stage.name}" not in chunks
    for code in prose.languages():
        assert json.loads(chunks[f"pages.{code}"]).keys() == set(trace.names)


def test_everything_is_every_cell_and_the_walk_is_its_own() -> None:
    trace = traced()
    whole, walk = holding(trace), holding(trace, "walk")
    assert whole.every
    assert not whole.left_weights
    assert whole.count == sum(trace[n].numel() for n in trace.names) > walk.count
    for name in trace.names:
        assert tuple(stage_page(trace, name)["choice"]) in walk.this.cells[name]
    said = Read(composed(trace, "everything")).about["said"]["en"]
    assert f"Every cell worked out: {whole.count:,} in all." in said["holds"]
    assert len(said["lacks"]) == 1


def test_what_does_not_fit_is_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fitting({"a": 5, "b": 1, "c": 3}, 4) == ["b", "c"]
    assert fitting({"a": 5}, 4) == []
    monkeypatch.setitem(TAKES, "everything", Take(stages=100, weights=70, explained=30, every=True))
    trace = traced()
    assert file.whole_is_too_much(trace) == 30
    read = Read(composed(trace, "everything"))
    said = read.about["said"]["en"]
    left = holding(trace)
    assert left.left_stages
    assert left.left_weights
    assert not left.every
    for name in left.left_stages:
        assert f"cells:{name}" not in read.chunks
        assert f"face:{name}" in read.chunks
    lacks = " ".join(said["lacks"])
    assert f"The numbers of {len(left.left_stages)} stages, such as {next(iter(left.left_stages))}" in lacks
    assert f"The numbers of {len(left.left_weights)} weights" in lacks
    assert f"{left.count:,} of " in " ".join(said["holds"])


def test_numbers_that_the_file_lacks_are_written_with_the_explanations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TAKES, "everything", Take(stages=1 << 20, weights=0, explained=1 << 20, every=True))
    chunks = Read(composed(traced(), "everything")).chunks
    packed = json.loads(chunks["explain:blocks.0.attn.q"])
    assert "blocks.0.attn.W_Q" in packed["given"]
    assert len(packed["number"]) >= len(packed["text"]) * 4
    assert "cells:blocks.0.attn.W_Q" not in chunks


def test_a_trace_without_weights_says_so() -> None:
    trace = traced()
    alone = Trace(trace.plan, {n: trace[n] for n in trace.names}, None, trace.inputs, config=trace.config)
    read = Read(composed(alone, missing="No weights here."))
    assert "No weights here." in read.about["said"]["en"]["lacks"]
    assert not [n for n in read.chunks if n.startswith("explain:")]
    assert "readers:embed" in read.chunks


@pytest.mark.parametrize("name", ["encoder-decoder, t5", "experts", "head=pooler", "pictures"])
def test_every_kind_of_network_can_leave(name: str) -> None:
    read = Read(composed(variant(name)))
    assert len(json.loads(read.chunks["manifest.zh"])["steps"]) >= len(variant(name).names)
    assert read.about["said"]["zh"]["holds"]


class StopError(Exception):
    """What somebody who stops the work raises."""


def test_what_needs_the_model_is_not_offered() -> None:
    trace = traced()
    assert "writing" in manifest(trace, About("t", "m", written=()), Start())
    assert "writing" not in json.loads(Read(composed(trace, written=())).chunks["manifest.en"])


def test_work_tells_how_far_it_is_and_stops_when_told_to() -> None:
    seen: list[float] = []

    def watch(fraction: float, words: str) -> None:
        seen.append(fraction)
        assert prose.catalogue("zh").message(words) != words

    def stop(fraction: float, _: str) -> None:
        if fraction > 0.5:
            raise StopError

    with reporting(watch):
        composed(traced(), "everything")
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    with reporting(stop), pytest.raises(StopError):
        composed(traced(), "everything")


def test_a_page_that_is_not_built_or_would_end_its_script_is_refused(bundle: Path) -> None:
    (bundle / "page.js").write_text("'</SCRIPT>'", encoding="utf-8")
    with pytest.raises(ValueError, match="script element"):
        composed(traced())
    (bundle / "page.js").unlink()
    with pytest.raises(document.NotBuiltError):
        composed(traced())


def test_sort_fits_whole() -> None:
    sort = model.load("sort")
    assert file.whole_is_too_much(sort.trace("CBABBCABBBC")) == 0
