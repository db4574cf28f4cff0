"""Every language says everything: the same keys, placeholders and links, and nothing left in English."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from model.stages import AXES
from tests.viz.every_variant import CONFIGS, cases, trace
from viz import chosen, prose
from viz.chapters import KEYS, walk
from viz.markup import fill, mark, plain

OTHERS = [code for code in prose.languages() if code != prose.DEFAULT]
# Texts without a word to translate, or whose word is used in every language.
BARE = {
    ("words", "and"), ("words", "comma"), ("words", "token"), ("words", "title"), ("at", "other"), ("places", "mlp"),
    ("words", "brackets"),
    ("network", "mlp"), ("compare", "change"), ("nav", "home"), ("chapters.mlp", "title"),
    ("chapters.softmax", "title"),
}  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def texts(code: str) -> Iterator[tuple[str, str, str]]:
    """(table, key, text) of all that a catalogue says but titles, which English has from the stages."""

    def walked(table: str, found: Any) -> Iterator[tuple[str, str, str]]:
        for key, value in found.items():
            if isinstance(value, dict):
                yield from walked(f"{table}.{key}", value)
            elif isinstance(value, list):
                yield from ((table, f"{key}.{i}", text) for i, text in enumerate(value))
            else:
                yield table, key, value

    for table, found in prose.catalogue(code).tables.items():
        if table not in ("titles", "messages", "labels", "parts", "formulas", "language"):
            yield from walked(table, found)


def holes(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text)) + sorted(re.findall(r"\]\(([^)]+)\)", text))


def test_there_are_two_languages_at_least() -> None:
    assert prose.languages()[0] == prose.DEFAULT
    assert "zh" in OTHERS
    assert len({prose.catalogue(code).name for code in prose.languages()}) == len(prose.languages())
    with pytest.raises(KeyError):
        prose.catalogue("../en")


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_the_same_keys_placeholders_and_links(code: str) -> None:
    english = {(table, key): text for table, key, text in texts("en")}
    other = {(table, key): text for table, key, text in texts(code)}
    assert english.keys() == other.keys()
    for key, text in english.items():
        assert holes(text) == holes(other[key]), key
        assert other[key].strip() == other[key] or key[0] == "words", key
        assert other[key], key


def test_the_chinese_is_chinese() -> None:
    for table, key, text in texts("zh"):
        if table != "ui" and (table, key) not in BARE:
            assert CHINESE.search(text), (table, key, text)


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize(("name", "padded"), cases())
def test_every_title_is_translated_and_every_stage_known(code: str, name: str, padded: bool) -> None:
    said = prose.catalogue(code)
    for stage in trace(name, padded).stages:
        assert chosen.texts(stage, CONFIGS[name]) != ["other"], f"{stage.name}: say what it is in viz/prose/*.toml"
        if stage.title != "Logits":
            assert said.title(stage) != stage.title, f"{stage.title!r}: translate it in viz/prose/{code}.toml, [titles]"
        numbers = [n for n in re.findall(r"\d+", stage.title) if "expert" in stage.title]
        assert all(n in said.title(stage) for n in numbers)


def test_axes_are_those_of_the_model() -> None:
    english, chinese = prose.catalogue("en"), prose.catalogue("zh")
    for axis, title in AXES.items():
        assert english.axis(axis) == title
        assert CHINESE.search(chinese.axis(axis))
    for name in CONFIGS:
        weights = trace(name).network.weights  # type: ignore[union-attr]
        for weight in weights:
            for axis in weights.axes(weight):
                assert chinese.axis(axis)
                assert chinese.axis(f"{axis}_out") == chinese.axis(axis)


@pytest.mark.parametrize("code", prose.languages())
def test_every_chapter_has_its_texts(code: str) -> None:
    for key in KEYS:
        found = prose.catalogue(code).chapter(key)
        assert found["title"]
        for part in ("intro", "once", "honest"):
            assert found[part], (key, part)
            assert all(plain(p)[-1] in ".。" for p in found[part]), (key, part)


@pytest.mark.parametrize(("name", "padded"), cases())
def test_links_of_chapters_lead_to_tensors_of_their_block(name: str, padded: bool) -> None:
    tr = trace(name, padded)
    for chapter in walk(tr).chapters:
        text = prose.catalogue("en").chapter(chapter.key)
        for paragraph in [*text["intro"], *text["once"], *text["honest"]]:
            for segment in paragraph:
                if "ref" in segment:
                    side = f"{chapter.side}." if chapter.side else ""
                    layer = "" if chapter.layer is None else str(chapter.layer)
                    ref = segment["ref"].replace("{side}", side).replace("{layer}", layer)
                    assert ref in tr, (chapter.key, ref)


def test_what_is_put_in_is_never_read_as_markup() -> None:
    hostile = "[x](tokens) {n} <b>"
    found = mark("{token} and [the {token}](embed)", {"token": hostile}, lambda name: name)
    assert found == [{"t": f"{hostile} and "}, {"t": f"the {hostile}", "ref": "embed"}]
    assert fill("{a}{b}", {"a": "{b}", "b": 1}) == "{b}1"
    with pytest.raises(KeyError):
        fill("{missing}", {})


def test_a_phrase_without_its_tensor_is_plain_text() -> None:
    assert mark("from [a bias](b_O).", {}, lambda _: None) == [{"t": "from a bias."}]
