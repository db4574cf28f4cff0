"""Pieces of HTML that pages show: everything from outside is escaped here, and nothing else writes HTML."""

from __future__ import annotations

import html
import re


def text(value: object) -> str:
    """Any text as HTML: escaped, and what HTML cannot carry (lone surrogates, controls) made visible."""
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", lambda m: f"U+{ord(m[0]):04X}", str(value))
    return html.escape(clean)


def notes(said: list[str]) -> str:
    return f'<p class="gf-notes">{text(" ".join(said))}</p>' if said else ""


def problem(message: str, hint: str = "") -> str:
    """An error card. The message may hold what somebody typed, so it is plain text."""
    # It may begin with the name of an input, which is an English word; the name of an option stays as it is.
    message = re.sub(r"^[a-z]+(?=[ ,:;])", lambda word: word[0].capitalize(), message)
    after = f"<p>{text(hint)}</p>" if hint else ""
    return f'<div class="gf-problem" role="alert"><p><b>{text(message)}</b></p>{after}</div>'


def tokens(pieces: list[str], words: str) -> str:
    """Tokens as chips, and what there is to say of them."""
    shown = "".join(f"<kbd><bdi>{text(piece)}</bdi></kbd> " for piece in pieces)
    return f'<p class="gf-notes gf-tokens" role="status">{text(words)} {shown}</p>'
