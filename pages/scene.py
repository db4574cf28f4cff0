"""The walkthrough as a scene in space: the same steps, cells and explanations, one key from the picture."""

from __future__ import annotations

from pages.shared.walk import walk

walk(space=True)
