"""Every word of the walkthrough, in each language: one file a language in `viz/prose/`, all with the same keys.

Python chooses which key; the catalogue holds the text. In a text, `{word}` is put in by Python, and `[phrase](name)`
links a phrase to a tensor, named as seen from where the text is shown (`mark`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from model import Stage
from viz.markup import Paragraph, Value, fill, mark
from viz.translated import Sentences

DEFAULT = "en"
_FOLDER = Path(__file__).parent / "prose"


@dataclass(frozen=True)
class Catalogue:
    """One language: tables of texts. Raises KeyError for a key that is not there: a test asks for them all."""

    code: str
    tables: Mapping[str, Mapping[str, Any]]

    @property
    def name(self) -> str:
        """What the language calls itself."""
        return self.tables["language"]["name"]

    @property
    def ui(self) -> dict[str, str]:
        """The words of the interface; `Manifest.ui`."""
        return dict(self.tables["ui"])

    def text(self, table: str, key: str, **values: object) -> str:
        """A text without links, its placeholders filled."""
        return fill(self.tables[table][key], values)

    def has(self, table: str, key: str) -> bool:
        return key in self.tables[table]

    def paragraph(
        self, table: str, key: str, values: Mapping[str, Value], resolve: Callable[[str], str | None]
    ) -> Paragraph:
        """A text as segments. resolve: the full name of a tensor, or None where there is none such."""
        return mark(self.tables[table][key], values, resolve)

    def chapter(self, key: str) -> dict[str, Any]:
        """`ChapterText` of types.ts. One text serves every block, so its links are templates, such as
        "{side}blocks.{layer}.attn.q": the browser puts in where one is."""
        found = self.tables["chapters"][key]
        parts = {part: [mark(text, {}, _template) for text in found[part]] for part in ("intro", "once", "honest")}
        return {"title": found["title"], **parts}

    def title(self, stage: Stage) -> str:
        """What a stage is called. English titles are the stages' own; numbers in them stay."""
        own = stage.title
        numbers = re.findall(r"\d+", own)
        pattern = re.sub(r"\d+", "{n}", own, count=1)
        titles = self.tables.get("titles", {})
        found = titles.get(own) or titles.get(pattern, own)
        return found.replace("{n}", numbers[0]) if numbers else found

    def message(self, text: str) -> str:
        """An error, a note on progress or a card's sentence, which code words in English."""
        return _sentences(self.code, "messages")(text)

    def label(self, text: str) -> str:
        """What a term of a cell is called."""
        return _sentences(self.code, "labels")(text)

    def formula(self, latex: str) -> str:
        """A formula, the words in it too."""
        words = self.tables.get("formulas", {})
        return re.sub(r"\\text\{([^{}]*)\}", lambda m: rf"\text{{{words.get(m[1].strip(), m[1])}}}", latex)

    def part(self, text: str) -> str:
        """A variant's title, a word that an option takes, or what an option is for."""
        return _sentences(self.code, "parts")(text)

    def side(self, name: str) -> str:
        """What a stack's input is called: name is "", "encoder" or "decoder"."""
        return self.text("sides", name)

    def axis(self, name: str) -> str:
        """What an axis of a stage or a weight is; "_out" marks the second of two alike."""
        return self.text("axes", name.removesuffix("_out"))

    def op(self, op: str) -> str:
        """What the terms of a cell are, in a sentence."""
        return self.text("ops", op)

    @property
    def space(self) -> str:
        """What stands between two sentences."""
        return self.tables["language"]["space"]


def _template(name: str) -> str:
    """The full name of a tensor with places for side and layer. Output has neither, input and embedding no layer."""
    if name in ("logits", "probs"):
        return name
    return f"{{side}}{name}" if name in ("tokens", "embed") else f"{{side}}blocks.{{layer}}.{name}"


@cache
def catalogue(code: str) -> Catalogue:
    """The words of a language. Raises KeyError where there is no such file."""
    if code not in languages():
        raise KeyError(code)
    with (_FOLDER / f"{code}.toml").open("rb") as file:
        return Catalogue(code, tomllib.load(file))


@cache
def _sentences(code: str, table: str) -> Sentences:
    return Sentences(catalogue(code).tables.get(table, {}))


@cache
def languages() -> tuple[str, ...]:
    """Codes of all languages, the default first."""
    return tuple(sorted((p.stem for p in _FOLDER.glob("??.toml")), key=lambda c: (c != DEFAULT, c)))
