"""Chapters by their bare names, until the catalogue has them."""

from __future__ import annotations

from typing import Any

from viz.prose import Catalogue


def chapter(catalogue: Catalogue, key: str) -> dict[str, Any]:
    if key in catalogue.tables.get("chapters", {}):
        return catalogue.chapter(key)
    return {"title": key.replace("_", " ").capitalize(), "intro": [], "once": [], "honest": []}
