"""Every stage of a forward pass, one after the other: its numbers, its formula, its code, and any cell worked out.

Drawn by the browser component; this script runs again only for another model, another input or another language.
"""

from __future__ import annotations

from pages.shared.walk import walk

walk(space=False)
