"""The story's words, one file a language. A text with numbers in it is filled from what a step computed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from viz.markup import fill
from viz.panels import AnyPanel, Arrows, Axis, Lines
from viz.positions.setup import names, title
from viz.positions.story.base import Step, Told
from viz.prose import DEFAULT

_FOLDER = Path(__file__).parents[2] / "prose" / "story"


@dataclass(frozen=True)
class Words:
    """The words of one step in one language. Raises KeyError for what is not there: a test asks for it all."""

    step: str
    tables: Mapping[str, Any]

    @property
    def own(self) -> Mapping[str, Any]:
        return self.tables[self.step]

    @property
    def title(self) -> str:
        return self.own["title"]

    def paragraphs(self, part: str, told: Told) -> list[str]:
        """part: "text", "found", "try" or "limit"."""
        found = self.own[part]
        return [fill(text, told.numbers) for text in (found if isinstance(found, list) else [found])]

    def ui(self, key: str, **values: object) -> str:
        return fill(self.tables["ui"][key], values)

    def option(self, value: str | int) -> str:
        """A choice as a person reads it: a word of the step, an encoding, or a number."""
        if isinstance(value, int):
            return f"{value:,}"
        return self.own["options"].get(value) or title(value)

    def axis(self, axis: Axis) -> Axis:
        return replace(axis, title=self.tables["axes"][axis.name])

    def panel(self, panel: AnyPanel) -> AnyPanel:
        """The panel with its title, its description, and the names of its curves."""
        heading, alt = self.own["pictures"][panel.id]
        if isinstance(panel, Lines):
            named = [replace(s, name=self.curve(s.name)) for s in panel.series]
            along = self.tables["axes"][panel.along]
            return replace(panel, title=heading, alt=alt, series=named, x=along)
        if isinstance(panel, Arrows):
            return replace(
                panel, title=heading, alt=alt, arrows=[replace(a, name=self.curve(a.name)) for a in panel.arrows]
            )
        return replace(panel, title=heading, alt=alt)

    def curve(self, name: str) -> str:
        """ "query 7" is a curve with a number; encodings are called what they are called everywhere."""
        key, _, n = name.partition(" ")
        own = self.own.get("curves", {})
        if key in own:
            return fill(own[key], {"n": n})
        return title(name) if name in names() else name

    def column(self, key: str) -> str:
        return self.own["columns"][key]

    def caption(self, key: str) -> str:
        return self.own["tables"][key]


@cache
def words(code: str, step: Step) -> Words:
    return Words(step.key, _read(code))


@cache
def _read(code: str) -> Mapping[str, Any]:
    with (_FOLDER / f"{code}.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def languages() -> dict[str, str]:
    """code -> what the language calls itself; the default first."""
    codes = sorted((p.stem for p in _FOLDER.glob("*.toml")), key=lambda c: (c != DEFAULT, c))
    return {code: _read(code)["language"]["name"] for code in codes}
