"""A page in Chinese says nothing in English but names, code and what somebody typed."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.viz.every_variant import cases, trace
from viz import cells
from viz.manifest import About, Start, manifest
from viz.markup import plain
from viz.prose import catalogue
from viz.stage_page import stage_page

# Two English words one after the other; a name, a function or a unit stands alone.
ENGLISH = re.compile(r"[A-Za-z]{2,},? [a-z]{3,}")
NAMES = re.compile(
    r"√eps, eps|Phuong|Hutter|Formal Algorithms for Transformers|A Mathematical Framework for Transformer Circuits"
)
# What is code, or a name by which the browser knows it.
CODE = {"code", "lines", "key", "name", "ref", "path", "function", "place", "formulas", "formula", "kind", "axes", "op"}


def texts(found: Any, under: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(found, str):
        yield under, found
    elif isinstance(found, dict):
        if "t" in found:
            yield under, found["t"]
            return
        for key, value in found.items():
            if key not in CODE:
                yield from texts(value, key)
    elif isinstance(found, (list, tuple)):
        if found and all(isinstance(s, dict) and "t" in s for s in found):
            yield under, plain(list(found))
            return
        for value in found:
            yield from texts(value, under)


def check(found: Any) -> None:
    for under, text in texts(found):
        assert not ENGLISH.search(NAMES.sub("", text)), (under, text)


def words_in(formulas: list[str]) -> Iterator[str]:
    for formula in formulas:
        yield from re.findall(r"\\text\{([^}]*)\}", formula)


@pytest.mark.parametrize(("name", "padded"), cases())
def test_no_english_on_a_chinese_walk(name: str, padded: bool) -> None:
    tr = trace(name, padded)
    whole = manifest(tr, About("id", "scratch", language="zh"), Start())
    check({k: v for k, v in whole.items() if k not in ("trace", "languages", "weights", "model", "start")})
    assert not [w for w in words_in(whole["formulas"]) if re.search(r"[A-Za-z]{3}", w)]
    said = catalogue("zh")
    for stage in tr.stages:
        page = stage_page(tr, stage.name, "zh")
        check(page)
        assert not re.search("[A-Za-z]{3,}", page["place"].replace("MLP", ""))
        if 0 not in stage.shape:
            check(cells.explanation(tr, tr.explain(stage.name, tuple(n - 1 for n in stage.shape)), 50, said))


def test_english_would_be_found() -> None:
    for text in ("The mask hides it", "an edit", "层 of each head"):
        with pytest.raises(AssertionError):
            check({"title": text})
    check({"title": "MLP 与 softmax，n_ctx = 3", "code": "the code"})
