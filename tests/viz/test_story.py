"""The guided story: every step complete in every language, and its words' numbers worked out again in other ways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from model.checkpoints.families import supported
from model.positional.properties import EXACT, measure
from viz import arrays
from viz.board import payload
from viz.markup import fill
from viz.panels import Board
from viz.positions.story import BY_KEY, STEPS
from viz.positions.story.base import Choice, Step, Told, percent, short
from viz.positions.story.families import positions
from viz.positions.story.prose import languages, words

PARTS = ("text", "found", "try", "limit")
NAMES_WITH_DIGITS = re.compile(r"T5|GPT-2|SmolLM2|Llama 3")
WORDS_OF_A_STEP = ("title", *PARTS, "papers", "controls", "options", "pictures")


def told(key: str, **chosen: Any) -> Told:
    step = BY_KEY[key]
    return step.tell(**{c.key: c.value for c in step.controls} | chosen)


def texts(code: str, step: Step, parts: tuple[str, ...] = PARTS) -> Iterator[str]:
    own = words(code, step).own
    for part in parts:
        yield from own[part] if isinstance(own[part], list) else [own[part]]


def holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


ALL = [(code, step) for code in languages() for step in STEPS]
NAMED = [f"{code}-{step.key}" for code, step in ALL]


@pytest.mark.parametrize(("code", "step"), ALL, ids=NAMED)
def test_every_step_is_complete_in_every_language(code: str, step: Step) -> None:
    said, found = words(code, step), told(step.key)
    assert set(WORDS_OF_A_STEP) <= set(said.own)
    assert set().union(*(holes(t) for t in texts(code, step))) == set(found.numbers)
    for part in PARTS:
        assert all(p.strip() and "{" not in p for p in said.paragraphs(part, found))
    assert set(said.own["controls"]) == {c.key for c in step.controls}
    assert set(said.own["pictures"]) == {p.id for p in found.panels}
    board = Board([said.axis(a) for a in found.axes], [said.panel(p) for p in found.panels], label=said.title)
    blocks = arrays.decode(payload(board))[1]
    assert all(np.isfinite(x).any() for x in blocks)
    for one in found.tables:
        assert said.caption(one.key)
        assert len(one.rows)
        assert all(len(row) == len([said.column(c) for c in one.head]) for row in one.rows)
    assert found.panels


@pytest.mark.parametrize("code", languages())
def test_no_number_is_typed_into_the_words(code: str) -> None:
    for step in STEPS:
        for text in texts(code, step):
            left = NAMES_WITH_DIGITS.sub("", re.sub(r"\{\w+\}", "", text))
            assert not re.search(r"\d", left), (step.key, text)


def test_languages_say_the_same() -> None:
    """The same keys everywhere, and the same numbers and papers in each part of each step."""
    for code in languages():
        assert set(words(code, STEPS[0]).tables) == set(words("en", STEPS[0]).tables)
        for table in ("ui", "axes"):
            assert set(words(code, STEPS[0]).tables[table]) == set(words("en", STEPS[0]).tables[table])
        for step in STEPS:
            mine, english = words(code, step).own, words("en", step).own
            assert set(mine) == set(english)
            for part in PARTS:
                both = ["".join(texts(c, step, (part,))) for c in (code, "en")]
                assert holes(both[0]) == holes(both[1]), (code, step.key, part)
            for table in ("controls", "options", "pictures", "curves", "columns", "tables"):
                assert set(mine.get(table, ())) == set(english.get(table, ())), (code, step.key, table)
            assert len(mine["papers"]) == len(english["papers"])


@pytest.mark.parametrize("step", STEPS, ids=[s.key for s in STEPS])
def test_every_choice_of_every_step_computes(step: Step) -> None:
    for control in step.controls:
        ends = control.options if isinstance(control, Choice) else (control.low, control.high)
        for value in ends:
            found = told(step.key, **{control.key: value})
            assert set(found.numbers) == set(told(step.key).numbers)
            payload(Board(found.axes, found.panels))
            if isinstance(control, Choice):
                assert words("en", step).option(value)


def test_links_lead_to_encodings_and_sections_that_are_there() -> None:
    from viz.positions import setup

    for step in STEPS:
        assert step.links, step.key
        for section, encoding in step.links:
            assert section in ("one", "compare", "model", "trained")
            assert encoding in setup.names() if encoding else section != "one"


def test_numbers_as_they_are_read() -> None:
    assert [short(x) for x in (0, 1, 0.25, 12.34, 1234.5, 6.8e-16, -2e-5)] == [
        "0", "1.00", "0.250", "12.3", "1,234", "6.8 · 10⁻¹⁶", "-2.0 · 10⁻⁵",
    ]  # fmt: skip
    assert [percent(x) for x in (0, 0.123, 1, 4.54e-5)] == ["0.0%", "12.3%", "100.0%", "0.00454%"]


def test_typed_text_cannot_be_filled_twice() -> None:
    assert fill("{a} {b}", {"a": "{b}", "b": "x"}) == "{b} x"


# ---- what the words claim of the families and of the first-named encoding ---------------------------------------


def test_families_are_those_of_their_own_default_configs() -> None:
    """Hugging Face's own default configuration of each family, read by the file that loads it."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    from model.checkpoints.reader import ConfigReader

    found = positions()
    assert set(found) == set(supported())
    for name, file in supported().items():
        theirs = file.config(ConfigReader(CONFIG_MAPPING[name]().to_dict(), name), set())
        assert (theirs.decoder or theirs.encoder).positional == found[name], name
    assert found["bert"] == found["gpt2"] == "learned"  # as the step of tables says
    assert found["t5"] == "t5"


def test_what_is_said_of_the_most_used_encoding() -> None:
    found = told("most").numbers
    counts = {p: list(positions().values()).count(p) for p in positions().values()}
    first = max(counts, key=lambda p: counts[p])
    measured = measure(first)
    assert measured.past is None  # no last place
    assert max(measured.shift.values()) < EXACT  # only differences count
    assert found["numbers"] == f"{measured.parameters}" == "0"
    assert int(found["count"]) == counts[first]
    assert (
        int(found["count"]) + int(found["tables"]) + int(found["others"]) == int(found["families"]) == len(supported())
    )
    assert told("most", positional="t5").numbers["which"] == "t5"
